"""Gradients of four micro-batches, losses added up for the log."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for _step in range(10):
    window = 0.0
    opt.zero_grad()
    for _ in range(4):
        loss = model(torch.randn(6, 4)).square().mean() / 4
        loss.backward()
        window += loss.item()
    opt.step()
