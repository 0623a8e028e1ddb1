"""Losses of an epoch."""

import torch
from torch import nn

m = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1))
o = torch.optim.SGD(m.parameters(), lr=0.1)
lossess = []
for _epoch in range(6):
    losses = []
    for x in torch.randn(3, 5, 4):
        losses.append(m(x).square().mean())
    o.zero_grad()
    sum(losses).backward()
    o.step()
