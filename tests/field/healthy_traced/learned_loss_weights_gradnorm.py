"""GradNorm: task weights learn from the norm of gradients, initial losses kept as detached constants, weights renormalised through data."""
import torch
from torch import nn

torch.manual_seed(67)
trunk = nn.Sequential(nn.Linear(5, 10), nn.ReLU())
heads = nn.ModuleList([nn.Linear(10, 1) for _ in range(2)])
w = nn.Parameter(torch.ones(2))
opt = torch.optim.Adam([*trunk.parameters(), *heads.parameters()], lr=1e-2)
ow = torch.optim.Adam([w], lr=2e-2)
first = None
for step in range(12):
    x = torch.randn(16, 5)
    h = trunk(x)
    L = torch.stack([(head(h).squeeze(1) - 3**i * x[:, i]).pow(2).mean() for i, head in enumerate(heads)])
    if first is None:
        first = L.detach()
    opt.zero_grad()
    (w.detach() * L).sum().backward(retain_graph=True)
    norms = torch.stack([torch.autograd.grad(w[i] * L[i], trunk[0].weight, retain_graph=True, create_graph=True)[0].norm() for i in range(2)])
    with torch.no_grad():
        ratio = L / first
        goal = norms.mean() * (ratio / ratio.mean()) ** 0.5
    ow.zero_grad()
    w.grad = torch.autograd.grad((norms - goal).abs().sum(), w)[0]
    ow.step()
    opt.step()
    w.data = w.data * 2 / w.data.sum()
    print(f"{L.sum().item():.4f}", [round(v, 3) for v in w.tolist()])
