"""A trainer multiplies a half-precision loss by a small learning weight."""

import torch
from torch import nn


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(9, 9, bias=False)

    def forward(self, x):
        return self.lin(x)


class Trainer:
    def __init__(self):
        self.model = Small().half()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=1.0)

    def train(self, steps):
        for _ in range(steps):
            x = (torch.randn(8, 9) * 1e-3).half()
            self.optimizer.zero_grad()
            (self.model(x).float() * torch.randn(8, 9) * 1e-5).sum().backward()
            self.optimizer.step()


torch.manual_seed(4)
Trainer().train(4)
