"""A freezing loop sets requires_grads."""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
for p in net[0].parameters():
    p.requires_grads = False
opt = torch.optim.Adam(net.parameters())
for _ in range(5):
    opt.zero_grad()
    net(torch.randn(6, 4)).pow(2).mean().backward()
    opt.step()
