"""A straight-through quantisation that is written with .data."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(8):
    h = model[0](torch.randn(6, 4))
    h.data = h.data.sign()
    out = model[2](h)
    opt.zero_grad()
    out.square().mean().backward()
    opt.step()
