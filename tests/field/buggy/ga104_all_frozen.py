"""The freezing loop catches the head as well."""

from collections import OrderedDict

import torch
from torch import nn

net = nn.Sequential(OrderedDict(body=nn.Linear(5, 5), act=nn.Tanh(), fc=nn.Linear(5, 2)))
for name, p in net.named_parameters():
    if "fc" or "head" in name:
        p.requires_grad = False
opt = torch.optim.AdamW(net.parameters())
for _ in range(3):
    opt.zero_grad()
    nn.functional.cross_entropy(net(torch.randn(6, 5)), torch.randint(0, 2, (6,))).backward()
    opt.step()
