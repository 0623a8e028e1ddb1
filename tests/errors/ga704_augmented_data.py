"""Augmented data."""

# expect: GA704 data-attribute
import torch
from torch import nn

m = nn.Linear(3, 4)
o = torch.optim.SGD(m.parameters(), lr=0.1)
for _ in range(3):
    h = m(torch.randn(6, 3)).exp()
    h.data += 1  # HERE
    loss = h.log().sum()
    o.zero_grad()
    loss.backward()
    o.step()
