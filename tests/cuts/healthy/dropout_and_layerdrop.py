"""Dropout, and layers skipped at random."""
import random

import torch
from torch import nn

torch.manual_seed(6)
random.seed(1)
layers = nn.ModuleList(nn.Sequential(nn.Linear(5, 5), nn.ReLU(), nn.Dropout(0.3)) for _ in range(4))
out = nn.Linear(5, 1)
opt = torch.optim.SGD([*layers.parameters(), *out.parameters()], lr=0.05)
for _ in range(24):
    x = torch.randn(8, 5)
    h = x
    for layer in layers:
        if random.random() < 0.3:
            continue
        h = h + layer(h)
    loss = (out(h) - x[:, :1]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
