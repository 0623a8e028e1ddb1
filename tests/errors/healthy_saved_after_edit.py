"""`.data` is edited before anything keeps the value."""

import torch
from torch import nn

torch.manual_seed(0)
a, b = nn.Linear(4, 6), nn.Linear(6, 1)
opt = torch.optim.SGD([*a.parameters(), *b.parameters()], lr=0.05)
for _ in range(8):
    h = a(torch.randn(5, 4))
    h.data.clamp_(-1, 1)
    opt.zero_grad()
    b(torch.relu(h)).square().mean().backward()
    opt.step()
