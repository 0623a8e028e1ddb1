"""Module cache."""

import torch
from torch import nn


class Ctx(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Linear(4, 4)
        self.last = None
        self.cache = {}

    def forward(self, x, i):
        h = self.f(x)
        self.last = h
        self.cache[i % 3] = h
        return h


m = Ctx()
o = torch.optim.SGD(m.parameters(), lr=0.1)
for i in range(20):
    o.zero_grad()
    m(torch.randn(2, 4), i).square().mean().backward()
    o.step()
