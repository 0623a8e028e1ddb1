"""PCGrad: each task's gradient is taken by its own backward, projected, and written back before the step."""
import torch
from torch import nn

torch.manual_seed(31)
trunk = nn.Sequential(nn.Linear(6, 16), nn.ReLU())
heads = nn.ModuleList([nn.Linear(16, 1), nn.Linear(16, 1)])
params = [*trunk.parameters(), *heads.parameters()]
opt = torch.optim.Adam(params, lr=2e-3)
for step in range(20):
    x = torch.randn(16, 6)
    targets = [x[:, :1], -x[:, :1] + x[:, 1:2]]
    grads = []
    for head, target in zip(heads, targets):
        opt.zero_grad()
        loss = nn.functional.mse_loss(head(trunk(x)), target)
        loss.backward()
        grads.append(torch.cat([(p.grad if p.grad is not None else torch.zeros_like(p)).flatten() for p in params]))
    a, b = grads
    if a @ b < 0:
        a, b = a - (a @ b) / (b @ b) * b, b - (a @ b) / (a @ a) * a
    merged, at = a + b, 0
    for p in params:
        p.grad = merged[at : at + p.numel()].view_as(p).clone()
        at += p.numel()
    opt.step()
print(loss.item())
