"""Columns of a tanh's result are scaled through .data."""

# expect: GA704 data-attribute
# tensor: h
import torch
from torch import nn

torch.manual_seed(0)
a, b = nn.Linear(4, 6), nn.Linear(6, 1)
opt = torch.optim.SGD([*a.parameters(), *b.parameters()], lr=0.1)
for _ in range(4):
    h = torch.tanh(a(torch.randn(8, 4)))  # SAVED
    h.data[:, :3] = 0.0  # HERE
    opt.zero_grad()
    b(h).square().mean().backward()
    opt.step()
