"""A boosted ensemble adds a frozen member now and then."""

import torch
from torch import nn

torch.manual_seed(0)
members = nn.ModuleList()
x = torch.randn(16, 3)
for _round in range(4):
    new = nn.Linear(3, 1)
    opt = torch.optim.SGD(new.parameters(), lr=0.05)
    for _ in range(4):
        with torch.no_grad():
            base = sum((m(x) for m in members), torch.zeros(16, 1))
        opt.zero_grad()
        (base + new(x) - 1).square().mean().backward()
        opt.step()
    members.append(new.requires_grad_(False))
