"""The first ten steps train D alone; when G joins, its backward is never cleared out of D."""

import torch
from torch import nn

torch.manual_seed(4)
G, D = nn.Linear(3, 3), nn.Linear(3, 1, bias=False)
og = torch.optim.SGD(G.parameters(), lr=0.01)
od = torch.optim.SGD(D.parameters(), lr=0.01)
for k in range(30):
    z, x = torch.randn(2, 6, 3)
    (D(G(z).detach()) - D(x)).tanh().mean().backward()
    od.step()
    od.zero_grad()
    if k >= 10:
        D(G(z)).neg().mean().backward()
        og.step()
        og.zero_grad()
