"""Grad then backward."""

# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn

m = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 1))
o = torch.optim.SGD(m.parameters(), lr=0.1)
for _ in range(2):
    loss = m(torch.randn(4, 3)).square().mean()  # HERE
    g = torch.autograd.grad(loss, m[0].weight)[0]
    o.zero_grad()
    loss.backward()
    o.step()
