"""The reentrant form of checkpoint runs a backward inside the backward.

Expect: GA202 nonfinite-op exp
"""

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


def grow(h):
    grown = torch.exp(h * 100)  # BORN
    return grown / grown.sum(-1, keepdim=True)


torch.manual_seed(0)
first, last = nn.Linear(4, 4), nn.Linear(4, 1)
model = nn.Sequential(first, last)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for _ in range(3):
    h = first(torch.randn(6, 4) * 10)
    h = checkpoint(grow, h, use_reentrant=True)
    loss = last(h).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
