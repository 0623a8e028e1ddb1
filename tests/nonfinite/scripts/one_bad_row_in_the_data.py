"""The third batch has a NaN in its inputs.

Expect: GA202 nonfinite-input linear
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.second = nn.Linear(8, 1)

    def forward(self, x):
        h = torch.relu(self.first(x))  # BORN
        return self.second(h)


torch.manual_seed(0)
data = torch.randn(32, 4)
data[17, 2] = float("nan")
target = torch.randn(32, 1)
model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for i in range(4):
    rows = slice(8 * i, 8 * i + 8)
    loss = nn.functional.mse_loss(model(data[rows]), target[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
