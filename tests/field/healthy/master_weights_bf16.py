"""bf16 model with float32 master copies: gradients are copied to the masters, stepped there, and copied back."""
import torch
from torch import nn

torch.manual_seed(54)
model = nn.Sequential(nn.Linear(6, 12), nn.GELU(), nn.Linear(12, 1)).bfloat16()
master = [p.detach().float().clone().requires_grad_(True) for p in model.parameters()]
opt = torch.optim.AdamW(master, lr=2e-3)
for step in range(30):
    x = torch.randn(16, 6).bfloat16()
    loss = (model(x) - x[:, :1]).float().pow(2).mean()
    model.zero_grad()
    loss.backward()
    for m, p in zip(master, model.parameters()):
        m.grad = p.grad.float()
    opt.step()
    with torch.no_grad():
        for m, p in zip(master, model.parameters()):
            p.copy_(m)
print(loss.item())
