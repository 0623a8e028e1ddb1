"""Smoothed loss."""

# expect: GA705 kept-graph
import torch
from torch import nn

m = nn.Linear(3, 1)
o = torch.optim.SGD(m.parameters(), lr=0.01)
smooth = None
for _ in range(9):
    loss = m(torch.randn(4, 3)).square().mean()
    o.zero_grad()
    loss.backward()
    o.step()
    if smooth is None:
        smooth = loss
    else:
        smooth = 0.9 * smooth + 0.1 * loss  # HERE
