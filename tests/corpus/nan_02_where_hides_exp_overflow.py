"""A hand-written softplus selects with `where`, while its other branch overflows in exp.

Source: pytorch/pytorch#68425.
"""

import torch
import torch.nn as nn


class Softplus(nn.Module):
    def __init__(self, threshold=20.0):
        super().__init__()
        self.threshold = threshold

    def forward(self, x):
        return torch.where(x > self.threshold, x, torch.log(1 + torch.exp(x)))


torch.manual_seed(4)
model = nn.Sequential(nn.Linear(3, 8), Softplus(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)

ages = torch.rand(40, 1) * 80
incomes = torch.rand(40, 1) * 900
heights = torch.rand(40, 1) * 2
inputs = torch.cat([ages, incomes, heights], dim=1)
wealth = incomes + 2 * ages

for step in range(5):
    optimizer.zero_grad()
    loss = ((model(inputs) - wealth) / wealth.max()).abs().mean()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
