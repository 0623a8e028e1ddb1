"""Both optimizers step every third batch, one of them is cleared at each."""

import torch
from torch import nn

torch.manual_seed(2)
front, tail = nn.Linear(3, 5), nn.Linear(5, 1)
opt_f = torch.optim.Adam(front.parameters(), lr=1e-3)
opt_t = torch.optim.Adam(tail.parameters(), lr=1e-3)
for i in range(1, 31):
    opt_t.zero_grad()
    tail(front(torch.randn(4, 3)).relu()).pow(2).mean().backward()
    if i % 3 == 0:
        opt_f.step()
        opt_t.step()
        opt_f.zero_grad()
