"""Anchor in list."""

# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn

enc = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
o = torch.optim.SGD(enc.parameters(), lr=0.01)
anchors = []


def remember(x):
    anchors.append(enc(x))  # HERE


remember(torch.randn(2, 3))
for _i in range(4):
    z = enc(torch.randn(2, 3))
    loss = z.square().mean() + (z - anchors[0]).square().mean()
    o.zero_grad()
    loss.backward()
    o.step()
