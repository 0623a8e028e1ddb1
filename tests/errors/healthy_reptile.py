"""Reptile."""

from copy import deepcopy

import torch
from torch import nn

net = nn.Linear(4, 1)
o = torch.optim.SGD(net.parameters(), lr=0.1)
for _task in range(4):
    start = deepcopy(net.state_dict())
    inner = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        inner.zero_grad()
        net(torch.randn(3, 4)).square().mean().backward()
        inner.step()
    end = {k: v.clone() for k, v in net.state_dict().items()}
    net.load_state_dict({k: start[k] + 0.5 * (end[k] - start[k]) for k in start})
