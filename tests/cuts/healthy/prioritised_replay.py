"""Priorities of samples are floats from the last losses, in a Python list."""
import random

import torch
from torch import nn

torch.manual_seed(6)
random.seed(0)
net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x = torch.randn(20, 3)
y = x.sum(1)
priority = [1.0] * 20
for _ in range(8):
    index = random.choices(range(20), weights=priority, k=6)
    weight = torch.tensor([1 / priority[i] for i in index]).clamp(max=3)
    error = net(x[index]).squeeze(1) - y[index]
    loss = (weight * error.square()).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    for i, e in zip(index, error.detach().abs().tolist()):
        priority[i] = e + 0.1
