"""Weights are masked through .data after every step."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
masks = [(p, (torch.rand_like(p) > 0.3).float()) for p in model.parameters() if p.dim() > 1]
for p, mask in masks:
    p.data.mul_(mask)
for _ in range(8):
    opt.zero_grad()
    model(torch.randn(6, 4)).square().mean().backward()
    opt.step()
    for p, mask in masks:
        p.data.mul_(mask)
