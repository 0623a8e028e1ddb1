"""Backward is called on a vector of losses, one of which is NaN."""

import torch
from torch import nn

torch.manual_seed(2)
m = nn.Linear(3, 1)
opt = torch.optim.SGD(m.parameters(), lr=0.1)
for k in range(8):
    x = torch.randn(5, 3)
    losses = (m(x).squeeze(1) - x[:, 0]).pow(2)
    if k >= 5:
        losses = losses + torch.tensor([0.0, float("nan"), 0, 0, 0])
    opt.zero_grad()
    losses.backward(torch.full_like(losses, 0.2))
    opt.step()
