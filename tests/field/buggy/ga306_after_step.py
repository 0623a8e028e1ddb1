"""A trainer clips by value after the step."""

import torch
from torch import nn
from torch.nn.utils import clip_grad_value_


class T:
    def __init__(self):
        self.m = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))
        self.o = torch.optim.SGD(self.m.parameters(), lr=0.1)

    def run(self, n):
        for _ in range(n):
            self.o.zero_grad()
            self.m(torch.randn(8, 4)).pow(2).mean().backward()
            self.o.step()
            clip_grad_value_(self.m.parameters(), 0.5)


torch.manual_seed(1)
T().run(12)
