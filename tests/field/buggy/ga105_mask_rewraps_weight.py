"""A pruning forward puts a new Parameter into the layer each time."""

import torch
from torch import nn


class Pruned(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 4)
        self.mask = (torch.rand(4, 6) > 0.3).float()

    def forward(self, x):
        self.layer.weight = nn.Parameter(self.layer.weight.detach() * self.mask)
        return self.layer(x)


torch.manual_seed(9)
pruned = Pruned()
opt = torch.optim.SGD(pruned.parameters(), lr=0.1)
for _ in range(12):
    opt.zero_grad()
    pruned(torch.randn(5, 6)).pow(2).mean().backward()
    opt.step()
