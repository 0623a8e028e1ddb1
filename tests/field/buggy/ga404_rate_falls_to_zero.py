"""From step 20 of 60 a schedule gives a learning rate of exactly zero."""

import torch
from torch import nn

torch.manual_seed(2)
net = nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda k: 1 if k < 20 else 20 // (k + 1))
for _ in range(60):
    opt.zero_grad()
    net(torch.randn(8, 4)).sub(1).pow(2).mean().backward()
    opt.step()
    sched.step()
