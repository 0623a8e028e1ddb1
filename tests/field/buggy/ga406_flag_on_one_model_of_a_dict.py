"""One model of a dict is given requires_grad = False as a whole."""

import torch
from torch import nn

torch.manual_seed(1)
nets = {"backbone": nn.Sequential(nn.Linear(4, 4), nn.ReLU()), "head": nn.Linear(4, 2)}
nets["backbone"].requires_grad = False
opt = torch.optim.SGD([p for n in nets.values() for p in n.parameters()], lr=0.1)
for _ in range(25):
    opt.zero_grad()
    nets["head"](nets["backbone"](torch.randn(6, 4))).pow(2).mean().backward()
    opt.step()
