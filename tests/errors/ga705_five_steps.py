"""Five steps."""

# expect: GA705 kept-graph
import torch
from torch import nn


def fit(m, n):
    o = torch.optim.Adam(m.parameters())
    total_loss = 0
    for _i in range(n):
        o.zero_grad()
        loss = m(torch.randn(4, 3)).square().mean()
        total_loss += loss  # HERE
        loss.backward()
        o.step()
    return total_loss


fit(nn.Linear(3, 1), 5)
