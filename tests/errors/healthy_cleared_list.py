"""Losses are collected for a log line every six steps, then the list is emptied."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
seen = []
for _step in range(30):
    loss = model(torch.randn(6, 4)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    seen.append(loss)
    if len(seen) == 6:
        print(torch.stack(seen).mean().item())
        seen.clear()
