"""Clipping comes right after zero_grad."""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 2)
opt = torch.optim.Adam(net.parameters())
for _ in range(25):
    loss = net(torch.randn(6, 4)).pow(2).mean()
    opt.zero_grad()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    loss.backward()
    opt.step()
