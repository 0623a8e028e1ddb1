"""From step 60 of 150 the adapter's output is multiplied by zero."""

import torch
from torch import nn


class Adapted(nn.Module):
    def __init__(self):
        super().__init__()
        self.base = nn.Linear(5, 5)
        self.adapter = nn.Linear(5, 5)

    def forward(self, x, g):
        return self.base(x) + g * self.adapter(x)


torch.manual_seed(4)
net = Adapted()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for k in range(150):
    x = torch.randn(6, 5)
    loss = (net(x, 1.0 if k < 60 else 0.0) - x).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
