"""Branches are kept in a plain dict."""

import torch
from torch import nn


class Branchy(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(4, 6)
        self.branches = {"a": nn.Linear(6, 2), "b": nn.Linear(6, 2)}

    def forward(self, x):
        h = self.stem(x).relu()
        return sum(b(h) for b in self.branches.values())


class Loop:
    def __init__(self, model, lr):
        self.model, self.optimizer = model, torch.optim.AdamW(model.parameters(), lr=lr)

    def epoch(self, n):
        for _ in range(n):
            self.optimizer.zero_grad()
            nn.functional.mse_loss(self.model(torch.randn(5, 4)), torch.zeros(5, 2)).backward()
            self.optimizer.step()


torch.manual_seed(4)
Loop(Branchy(), 1e-3).epoch(25)
