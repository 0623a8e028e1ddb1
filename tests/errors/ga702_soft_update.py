"""Soft update."""

# expect: GA702 inplace-edit
# exit: 1
import torch
from torch import nn


def soft_update(target, source, tau):
    for t, s in zip(target.parameters(), source.parameters()):
        t.copy_(tau * s + (1 - tau) * t)  # HERE


a, b = nn.Linear(2, 2), nn.Linear(2, 2)
o = torch.optim.SGD(a.parameters(), lr=0.1)
a(torch.randn(1, 2)).sum().backward()
o.step()
soft_update(b, a, 0.1)
