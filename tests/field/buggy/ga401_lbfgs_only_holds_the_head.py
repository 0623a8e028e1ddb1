"""LBFGS is given the head of an unfrozen model."""

from collections import OrderedDict

import torch
from torch import nn

torch.manual_seed(2)
net = nn.Sequential(OrderedDict(stem=nn.Linear(4, 5), act=nn.Tanh(), head=nn.Linear(5, 1)))
opt = torch.optim.LBFGS(net.head.parameters(), lr=0.2, max_iter=4)
x = torch.randn(20, 4)


def closure():
    net.zero_grad()
    loss = (net(x) - x[:, :1]).pow(2).mean()
    loss.backward()
    return loss


for _ in range(4):
    opt.step(closure)
