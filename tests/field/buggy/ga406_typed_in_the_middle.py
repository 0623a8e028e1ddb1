"""The misspelt freeze comes at step 9 of 14."""

import torch
from torch import nn


def freeze(module):
    for p in module.parameters():
        p.require_grad = False


torch.manual_seed(3)
net = nn.Sequential(nn.Linear(4, 4), nn.Sigmoid(), nn.Linear(4, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for k in range(14):
    if k == 9:
        freeze(net[0])
    opt.zero_grad()
    net(torch.randn(6, 4)).pow(2).mean().backward()
    opt.step()
