"""Losses of a function."""

# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn

body = nn.Sequential(nn.Linear(3, 4), nn.Sigmoid())
heads = nn.ModuleList(nn.Linear(4, 1) for _ in range(3))
o = torch.optim.SGD([*body.parameters(), *heads.parameters()], lr=0.1)


def losses(x):
    h = body(x)  # HERE
    return [head(h).square().mean() for head in heads]


for _ in range(2):
    o.zero_grad()
    for loss in losses(torch.randn(4, 3)):
        loss.backward()
    o.step()
