"""math.exp of a learned log-variance: the value becomes a float on the way."""
# expect: GA101 rewrapped-value: log_var
import math

import torch
from torch import nn


class Uncertain(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean = nn.Linear(3, 1)
        self.log_var = nn.Parameter(torch.zeros(1))

    def nll(self, x, y):
        precision = math.exp(-self.log_var)  # CUT
        return (0.5 * precision * (self.mean(x) - y) ** 2).mean()


torch.manual_seed(9)
model = Uncertain()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(5):
    x = torch.randn(8, 3)
    loss = model.nll(x, x[:, :1])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
