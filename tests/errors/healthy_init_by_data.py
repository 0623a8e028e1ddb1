"""Weights are initialised through .data and under no_grad."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for m in model:
    if isinstance(m, nn.Linear):
        m.weight.data.normal_(0, 0.3)
        m.bias.data.fill_(0)
        with torch.no_grad():
            m.weight[0] = 0.1
            m.weight.mul_(0.9)
for _ in range(6):
    opt.zero_grad()
    model(torch.randn(6, 4)).square().mean().backward()
    opt.step()
    opt.param_groups[0]["lr"] *= 0.9
