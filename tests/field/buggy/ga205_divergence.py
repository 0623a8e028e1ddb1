"""A learning rate above the limit makes each step larger than the last."""

import torch
from torch import nn

torch.manual_seed(0)
lin = nn.Linear(8, 1)
opt = torch.optim.SGD(lin.parameters(), lr=1.5)
x = torch.randn(50, 8)
y = x.sum(1, keepdim=True)
for _ in range(25):
    opt.zero_grad()
    (lin(x) - y).pow(2).mean().backward()
    opt.step()
