"""List of tuples."""

# expect: GA705 kept-graph
import torch
from torch import nn


def train(m, n):
    o = torch.optim.SGD(m.parameters(), lr=0.1)
    trace = []
    for i in range(n):
        out = m(torch.randn(2, 3))
        loss = out.square().mean()
        o.zero_grad()
        loss.backward()
        o.step()
        trace.append((i, loss, out))  # HERE


train(nn.Linear(3, 1), 20)
