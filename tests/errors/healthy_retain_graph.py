"""Two losses of one graph, with retain_graph where it belongs."""

import torch
from torch import nn

torch.manual_seed(0)
trunk, a, b = nn.Linear(4, 6), nn.Linear(6, 1), nn.Linear(6, 1)
opt = torch.optim.SGD([*trunk.parameters(), *a.parameters(), *b.parameters()], lr=0.05)
for _ in range(8):
    h = torch.tanh(trunk(torch.randn(6, 4)))
    opt.zero_grad()
    a(h).square().mean().backward(retain_graph=True)
    b(h).square().mean().backward()
    opt.step()
