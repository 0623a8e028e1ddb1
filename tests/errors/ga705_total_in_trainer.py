"""A trainer sums up its losses in an attribute."""

# expect: GA705 kept-graph
import torch
from torch import nn


class Trainer:
    def __init__(self, model):
        self.model, self.total = model, 0
        self.opt = torch.optim.SGD(model.parameters(), lr=0.1)

    def step(self, x):
        loss = self.model(x).square().mean()
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        self.total = self.total + loss  # HERE

    def fit(self, steps):
        for _ in range(steps):
            self.step(torch.randn(4, 3))
        return self.total / steps


torch.manual_seed(0)
print(Trainer(nn.Linear(3, 1)).fit(8))
