"""The value of the loss decides what happens: skip, rescale, clip by a float."""
import math

import torch
from torch import nn

torch.manual_seed(41)
net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
best = math.inf
for _ in range(6):
    x = torch.randn(8, 3)
    loss = (net(x) - x[:, :1]).square().mean()
    value = float(loss)
    if not math.isfinite(value):
        continue
    best = min(best, value)
    if loss > 2.0:
        loss = loss * (2.0 / value)
    opt.zero_grad()
    loss.backward()
    opt.step()
