"""The mapping network before the generator has no optimizer."""

import torch
from torch import nn


class Gan:
    def __init__(self):
        self.M, self.G, self.D = nn.Linear(3, 3), nn.Linear(3, 4), nn.Linear(4, 1)
        self.optimizers = [
            torch.optim.Adam(self.G.parameters(), lr=1e-3),
            torch.optim.Adam(self.D.parameters(), lr=1e-3),
        ]

    def fit(self, n):
        for _ in range(n):
            for o in self.optimizers:
                o.zero_grad()
            fake = self.G(self.M(torch.randn(6, 3)).relu())
            (self.D(fake.detach()) - self.D(torch.randn(6, 4))).tanh().mean().backward()
            self.optimizers[1].step()
            self.optimizers[1].zero_grad()
            (-self.D(fake).mean()).backward()
            self.optimizers[0].step()


torch.manual_seed(1)
Gan().fit(30)
