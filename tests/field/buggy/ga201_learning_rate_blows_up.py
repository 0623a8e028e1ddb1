"""A linear regression diverges until it overflows, over 150 steps."""

import torch
from torch import nn

torch.manual_seed(5)
reg = nn.Linear(6, 1)
opt = torch.optim.SGD(reg.parameters(), lr=3.0)
x = torch.randn(64, 6)
y = x @ torch.randn(6, 1)
for _ in range(150):
    opt.zero_grad()
    (reg(x) - y).pow(2).mean().backward()
    opt.step()
