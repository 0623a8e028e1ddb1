"""Losses are kept as numbers, outputs detached."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
losses, outputs, total = [], [], 0.0
for _ in range(20):
    out = model(torch.randn(6, 4))
    loss = out.square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    losses.append(loss.item())
    outputs.append(out.detach())
    total += loss.detach()
print(sum(losses), len(outputs), total)
