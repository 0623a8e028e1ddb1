"""Steps every 2 micro-batches, clears every 8."""

import torch
from torch import nn

torch.manual_seed(10)
net = nn.Linear(4, 1)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for i in range(1, 25):
    (net(torch.randn(4, 4)).pow(2).mean() / 8).backward()
    if i % 2 == 0:
        opt.step()
    if i % 8 == 0:
        opt.zero_grad()
