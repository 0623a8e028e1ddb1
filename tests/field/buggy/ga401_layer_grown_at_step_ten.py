"""A layer is appended at step 10 of 25, and the optimizer is not told."""

import torch
from torch import nn


class Growing(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4)])

    def forward(self, x):
        for layer in self.layers:
            x = x + layer(x).tanh()
        return x


torch.manual_seed(3)
net = Growing()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for k in range(25):
    if k == 10:
        net.layers.append(nn.Linear(4, 4))
    x = torch.randn(6, 4)
    opt.zero_grad()
    (net(x) - 1).pow(2).mean().backward()
    opt.step()
