"""Metric state."""

# expect: GA705 kept-graph
import torch
from torch import nn


class State:
    def __init__(self):
        self.metrics = {}

    def add(self, k, v):
        self.metrics[k] = self.metrics.get(k, 0) + v  # HERE


st = State()
m = nn.Linear(3, 1)
o = torch.optim.SGD(m.parameters(), lr=0.1)
for _ in range(10):
    loss = m(torch.randn(2, 3)).square().mean()
    o.zero_grad()
    loss.backward()
    o.step()
    st.add("loss", loss)
