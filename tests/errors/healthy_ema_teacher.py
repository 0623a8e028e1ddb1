"""A teacher follows by .data after each step."""

import copy

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
teacher = copy.deepcopy(model)
for p in teacher.parameters():
    p.requires_grad_(False)
for _ in range(10):
    x = torch.randn(6, 4)
    for slow, fast in zip(teacher.parameters(), model.parameters()):
        slow.data.mul_(0.9).add_(fast.data, alpha=0.1)
    loss = (model(x) - teacher(x)).square().mean() + (model(x) - 1).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    for slow, fast in zip(teacher.parameters(), model.parameters()):
        slow.data.mul_(0.9).add_(fast.data, alpha=0.1)
