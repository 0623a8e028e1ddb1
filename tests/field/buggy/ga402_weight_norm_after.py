"""The old-style weight norm is put on after the optimizer was made."""

import warnings

import torch
from torch import nn

warnings.simplefilter("ignore")
torch.manual_seed(4)
net = nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
nn.utils.weight_norm(net[0])
for _ in range(20):
    x = torch.randn(8, 5)
    opt.zero_grad()
    (net(x) - x[:, :1]).pow(2).mean().backward()
    opt.step()
