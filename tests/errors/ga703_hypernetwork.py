"""Hypernetwork."""

# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn

hyper = nn.Linear(2, 6)
o = torch.optim.SGD(hyper.parameters(), lr=0.1)


def make(code):
    return torch.tanh(hyper(code)).view(2, 3)


code = torch.randn(2)
w = make(code)  # HERE
for _ in range(3):
    x = torch.randn(5, 3)
    loss = (x @ w.T).square().mean()
    o.zero_grad()
    loss.backward()
    o.step()
