"""Sharpness-aware steps: weights are moved by .data and moved back."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(8):
    x = torch.randn(6, 4)
    model(x).square().mean().backward()
    moved = []
    for p in model.parameters():
        e = 0.05 * p.grad / (p.grad.norm() + 1e-8)
        p.data.add_(e)
        moved.append((p, e))
    opt.zero_grad()
    model(x).square().mean().backward()
    for p, e in moved:
        p.data.sub_(e)
    opt.step()
    opt.zero_grad()
