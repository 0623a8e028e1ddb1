"""Validation after ten steps freezes the model and never thaws it."""

import torch
from torch import nn


class Runner:
    def __init__(self):
        self.model = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 1))
        self.opt = torch.optim.SGD(self.model.parameters(), lr=0.01)

    def validate(self):
        self.model.requires_grad_(False)
        return self.model(torch.randn(4, 3)).mean().item()

    def fit(self):
        for step in range(1, 30):
            loss = self.model(torch.randn(8, 3)).sub(1).pow(2).mean()
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
            if step == 10:
                self.validate()


torch.manual_seed(1)
Runner().fit()
