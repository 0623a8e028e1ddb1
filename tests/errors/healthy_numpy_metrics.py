"""Outputs are read as arrays for metrics; copies of them are changed."""

import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(8):
    out = torch.sigmoid(model(torch.randn(6, 4)))
    values = out.detach().numpy()
    print(values.mean(), np.clip(values, 0.2, 0.8).std())
    rounded = values.copy()
    rounded[rounded > 0.5] = 1
    opt.zero_grad()
    out.square().mean().backward()
    opt.step()
    weights = model[0].weight.detach().numpy()
    print(np.abs(weights).max())
