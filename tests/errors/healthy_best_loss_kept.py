"""Best loss kept."""

import torch
from torch import nn

m = nn.Linear(4, 1)
o = torch.optim.SGD(m.parameters(), lr=0.1)
best = None
for _ in range(20):
    loss = m(torch.randn(3, 4)).square().mean()
    o.zero_grad()
    loss.backward()
    o.step()
    if best is None or loss < best:
        best = loss
