"""A deep net is two models of four layers each."""

import torch
from torch import nn


def half():
    net = nn.Sequential()
    for _ in range(4):
        net.append(nn.Linear(6, 6, bias=False))
        net.append(nn.Sigmoid())
    for m in net[::2]:
        nn.init.normal_(m.weight, std=0.1)
    return net


torch.manual_seed(3)
lower, upper = half(), half()
opt = torch.optim.Adam([*lower.parameters(), *upper.parameters()], lr=1e-4)
for _ in range(25):
    x = torch.randn(10, 6)
    opt.zero_grad()
    (upper(lower(x)) - 1).pow(2).mean().backward()
    opt.step()
