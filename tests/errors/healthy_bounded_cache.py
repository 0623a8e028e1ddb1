"""The last few outputs are kept with their graphs, never more than four."""

from collections import deque

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
recent, window = deque(maxlen=50), []
for _ in range(20):
    out = model(torch.randn(6, 4))
    opt.zero_grad()
    out.square().mean().backward()
    opt.step()
    recent.append(out.mean())
    window.append(out.mean())
    if len(window) > 4:
        window.pop(0)
