"""A trainer runs only three steps of a badly scaled deep tanh net."""

import torch
from torch import nn


class DeepTrainer:
    def __init__(self, depth):
        self.model = nn.ModuleList(nn.Linear(10, 10) for _ in range(depth))
        for layer in self.model:
            nn.init.normal_(layer.weight, std=0.03)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01)

    def fit(self, steps):
        for _ in range(steps):
            h = torch.randn(6, 10)
            for layer in self.model:
                h = torch.tanh(layer(h))
            self.optimizer.zero_grad()
            h.sum().backward()
            self.optimizer.step()


torch.manual_seed(5)
DeepTrainer(9).fit(3)
