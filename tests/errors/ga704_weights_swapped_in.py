"""Weights swapped in."""

# expect: GA704 data-attribute
import torch
from torch import nn

m = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
o = torch.optim.SGD(m.parameters(), lr=0.1)
ema = [p.detach().clone() * 0.5 for p in m.parameters()]


def swap():
    for p, e in zip(m.parameters(), ema):
        p.data.copy_(e)  # HERE


for _ in range(3):
    loss = m(torch.randn(4, 3)).square().mean()
    swap()
    o.zero_grad()
    loss.backward()
    o.step()
