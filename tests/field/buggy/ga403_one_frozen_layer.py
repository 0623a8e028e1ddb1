"""One layer of a model in a single group is frozen."""

import torch
from torch import nn

torch.manual_seed(1)
net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
for p in net[0].parameters():
    p.requires_grad = False
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for _ in range(12):
    net.zero_grad()
    net(torch.randn(6, 4)).pow(2).mean().backward()
    opt.step()
