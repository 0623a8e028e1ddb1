"""In a run of three steps the last layer sees nothing but zeros."""

import torch
from torch import nn


class Z(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.last = nn.Linear(4, 2)

    def forward(self, x):
        return self.last(torch.relu(self.first(x) - 1000))


torch.manual_seed(3)
z = Z()
opt = torch.optim.SGD(z.parameters(), lr=0.1)
for _ in range(3):
    opt.zero_grad()
    nn.functional.cross_entropy(z(torch.randn(4, 4)), torch.randint(0, 2, (4,))).backward()
    opt.step()
