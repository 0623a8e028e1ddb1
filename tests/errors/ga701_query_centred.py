"""Query centred."""

# expect: GA701 inplace-edit
# exit: 1
import functools

import torch
from torch import nn


def traced(f):
    @functools.wraps(f)
    def w(*a, **k):
        return f(*a, **k)

    return w


class A(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Linear(4, 4)
        self.k = nn.Linear(4, 4)

    @traced
    def forward(self, x):
        q, k = self.q(x), self.k(x)
        s = q @ k.T
        q.sub_(q.mean(0))  # HERE
        return s.softmax(-1) @ q


m = A()
o = torch.optim.Adam(m.parameters())
for _ in range(2):
    o.zero_grad()
    m(torch.randn(3, 4)).sum().backward()
    o.step()
