"""The slope is infinite inside a reentrant checkpoint, whose inner backward nobody traces.

Expect: GA201 nonfinite-op sqrt
"""

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


def spread(h):
    middle = h.mean(-1, keepdim=True)
    square = (h - middle).square() * 0
    return h + square.sqrt()  # BORN


torch.manual_seed(0)
first, last = nn.Linear(4, 4), nn.Linear(4, 1)
model = nn.Sequential(first, last)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for _ in range(3):
    h = first(torch.randn(6, 4))
    h = checkpoint(spread, h, use_reentrant=True)
    loss = last(h).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
