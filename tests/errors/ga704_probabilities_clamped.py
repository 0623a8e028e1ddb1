"""Probabilities clamped."""

# expect: GA704 data-attribute
import torch
from torch import nn


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Linear(3, 1)

    def forward(self, x):
        p = torch.sigmoid(self.f(x))
        p.data.clamp_(0.3, 0.7)  # HERE
        return p


m = Head()
o = torch.optim.SGD(m.parameters(), lr=0.1)
for _ in range(3):
    p = m(torch.randn(4, 3) * 5)
    loss = nn.functional.binary_cross_entropy(p, torch.ones(4, 1))
    o.zero_grad()
    loss.backward()
    o.step()
