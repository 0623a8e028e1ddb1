"""PCGrad on the shared trunk by autograd.grad with retained graph; heads get theirs; step by hand into .grad."""
import torch
from torch import nn

torch.manual_seed(12)
trunk = nn.Sequential(nn.Linear(6, 12), nn.ReLU())
heads = nn.ModuleList([nn.Linear(12, 1), nn.Linear(12, 2)])
opt = torch.optim.Adam([*trunk.parameters(), *heads.parameters()], lr=1e-2)
shared = list(trunk.parameters())
for step in range(12):
    x = torch.randn(16, 6)
    h = trunk(x)
    losses = [(heads[0](h) - x[:, :1]).pow(2).mean(), (heads[1](h) + x[:, 1:3]).pow(2).mean()]
    opt.zero_grad()
    flat = []
    for i, l in enumerate(losses):
        own = list(heads[i].parameters())
        g = torch.autograd.grad(l, shared + own, retain_graph=i == 0)
        flat.append(torch.cat([v.reshape(-1) for v in g[: len(shared)]]))
        for p, v in zip(own, g[len(shared) :]):
            p.grad = v
    a, b = flat
    dot = a @ b
    if dot < 0:
        a, b = a - dot / b.dot(b) * b, b - dot / a.dot(a) * a
    joint, at = a + b, 0
    for p in shared:
        p.grad = joint[at : at + p.numel()].view_as(p).clone()
        at += p.numel()
    opt.step()
    print(f"{losses[0].item():.4f} {losses[1].item():.4f} {dot.item() < 0}")
