"""Embedding rows."""

# expect: GA704 data-attribute
import torch
from torch import nn

e = nn.Embedding(5, 4)
f = nn.Linear(4, 1)
o = torch.optim.SGD([*e.parameters(), *f.parameters()], lr=0.1)
for _ in range(3):
    ids = torch.randint(0, 5, (3,))
    x = e(ids)
    y = f(x)
    x.data[ids == 0] = 0  # HERE
    o.zero_grad()
    y.square().sum().backward()
    o.step()
