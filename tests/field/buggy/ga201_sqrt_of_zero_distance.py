"""A distance of a point to itself goes through sqrt, from the first step on."""

import torch
from torch import nn

torch.manual_seed(0)
emb = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2))
opt = torch.optim.Adam(emb.parameters(), lr=1e-3)
for _ in range(5):
    z = emb(torch.randn(6, 3))
    d = ((z[:, None] - z[None]) ** 2).sum(-1).sqrt()
    loss = (d - 1).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
