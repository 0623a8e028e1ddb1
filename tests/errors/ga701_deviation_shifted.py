"""Deviation shifted."""

# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn


def standardise(x):
    mean = x.mean(0)
    std = ((x - mean) ** 2).mean(0).sqrt()
    std += 1e-5  # HERE
    return (x - mean) / std


n = nn.Linear(3, 4)
o = torch.optim.SGD(n.parameters(), lr=0.1)
for _ in range(2):
    o.zero_grad()
    standardise(n(torch.randn(5, 3))).pow(3).mean().backward()
    o.step()
