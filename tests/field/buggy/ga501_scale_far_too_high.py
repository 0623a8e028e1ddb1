"""The initial scale overflows float32 for many steps."""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.01)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0**126)
for _ in range(25):
    opt.zero_grad()
    loss = net(torch.randn(8, 4)).pow(2).sum() * 1e6
    scaler.scale(loss).backward()
    scaler.step(opt)
    scaler.update()
