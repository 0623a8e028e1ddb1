"""The norm of a zero-initialised output makes the last layer NaN at once."""

import torch
from torch import nn

torch.manual_seed(5)
net = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
nn.init.zeros_(net[1].weight)
nn.init.zeros_(net[1].bias)
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(4):
    out = net(torch.randn(5, 3))
    loss = (out * out).sum(1).sqrt().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
