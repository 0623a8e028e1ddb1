"""A column of the data was never filled in.

Expect: GA202 nonfinite-input linear
"""

import torch
from torch import nn

torch.manual_seed(0)
data = torch.randn(32, 4)
data[:, 1] = float("nan")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 8)
        self.head = nn.Linear(8, 1)

    def forward(self, x):
        h = self.body(x)  # BORN
        return self.head(torch.tanh(h))


model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for x in data.split(8):
    loss = model(x).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
