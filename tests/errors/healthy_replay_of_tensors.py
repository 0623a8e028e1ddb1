"""A replay memory grows with detached states."""

import random

import torch
from torch import nn

torch.manual_seed(0)
random.seed(0)
net = nn.Linear(3, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
memory = []
for _ in range(20):
    s = torch.randn(3)
    q = net(s)
    memory.append((s, q.detach(), float(q.max())))
    batch = torch.stack([m[0] for m in random.sample(memory, min(4, len(memory)))])
    opt.zero_grad()
    net(batch).square().mean().backward()
    opt.step()
