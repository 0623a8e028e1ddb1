"""Weights perturbed."""

# expect: GA704 data-attribute
import torch
from torch import nn

m = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 1))
o = torch.optim.SGD(m.parameters(), lr=0.1)


def perturb(model, s):
    for p in model.parameters():
        p.data = p.data + s * torch.randn_like(p)  # HERE


for _ in range(3):
    pen = (m[0].weight * m[0].weight).sum()
    out = m(torch.randn(3, 4))
    perturb(m, 0.1)
    o.zero_grad()
    (out.mean() + pen).backward()
    o.step()
