"""Gradients by data."""

import torch
from torch import nn

m = nn.Sequential(
    nn.Linear(4, 6), nn.Dropout(0.2, inplace=True), nn.ELU(inplace=True), nn.Linear(6, 1)
)
o = torch.optim.AdamW(m.parameters())
for _ in range(8):
    x = torch.randn(3, 4)
    x.requires_grad_(False)
    x += 1
    x[x > 2] = 0
    o.zero_grad()
    m(x).square().mean().backward()
    for p in m.parameters():
        p.grad.data.clamp_(-1, 1)
        p.grad.mul_(0.5)
    o.step()
