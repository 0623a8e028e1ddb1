"""Losses of a window are added up with their graphs and run backward once."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for step in range(10):
    total = 0
    parts = []
    for _ in range(step + 1):
        loss = model(torch.randn(6, 4)).square().mean()
        total = total + loss
        parts.append(loss)
    opt.zero_grad()
    (total / len(parts)).backward()
    opt.step()
