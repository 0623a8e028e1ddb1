"""Two tasks take turns."""

import torch
from torch import nn


class Multi(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(5, 8)
        self.heads = nn.ModuleList([nn.Linear(8, 1), nn.Linear(8, 1)])

    def forward(self, x, k):
        return self.heads[k](self.trunk(x).relu())


torch.manual_seed(1)
m = Multi()
o = torch.optim.Adam(m.parameters())
for it in range(25):
    o.zero_grad()
    m(torch.randn(4, 5), it % 2).pow(2).mean().backward()
    o.step()
