"""Inputs are not normalised and the loss is a sum, in a run of four steps."""

import torch
from torch import nn


class Fit:
    def __init__(self):
        self.net = nn.Linear(16, 1)
        self.opt = torch.optim.Adam(self.net.parameters(), lr=1e-3)

    def go(self):
        for _ in range(4):
            x = torch.rand(32, 16) * 2e4
            self.opt.zero_grad()
            (self.net(x) - x.sum(1, keepdim=True)).pow(2).sum().backward()
            self.opt.step()


torch.manual_seed(2)
Fit().go()
