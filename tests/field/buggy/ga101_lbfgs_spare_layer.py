"""LBFGS trains a model that has one layer too many."""

import torch
from torch import nn


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 4)
        self.b = nn.Linear(4, 1)
        self.spare = nn.Linear(4, 4)

    def forward(self, x):
        return self.b(torch.sigmoid(self.a(x)))


torch.manual_seed(8)
small = Small()
solver = torch.optim.LBFGS(small.parameters(), lr=0.5, max_iter=4)
x = torch.randn(20, 3)
y = x.prod(1, keepdim=True)
for _ in range(5):

    def closure():
        solver.zero_grad()
        loss = nn.functional.mse_loss(small(x), y)
        loss.backward()
        return loss

    solver.step(closure)
