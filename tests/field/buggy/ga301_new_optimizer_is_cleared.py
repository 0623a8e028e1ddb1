"""Half-way the optimizer is made anew, and the loop goes on clearing a frozen list of parameters."""

import torch
from torch import nn


class Box:
    pass


torch.manual_seed(11)
box = Box()
box.net = nn.Linear(3, 1)
box.opt = torch.optim.SGD(box.net.parameters(), lr=0.01)
to_clear = list(box.net.parameters())
for k in range(20):
    for p in to_clear:
        p.grad = None
    box.net(torch.randn(4, 3)).pow(2).mean().backward()
    box.opt.step()
    if k == 10:
        box.opt = torch.optim.SGD(box.net.parameters(), lr=0.001)
        to_clear = []
