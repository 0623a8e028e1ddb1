"""Of two models in a list the first is frozen half-way with its gradient left in place."""

import torch
from torch import nn

torch.manual_seed(1)
parts = [nn.Linear(3, 3), nn.Linear(3, 1)]
opt = torch.optim.SGD([p for m in parts for p in m.parameters()], lr=0.01, momentum=0.9)
for k in range(20):
    parts[1].zero_grad()
    if k < 10:
        parts[0].zero_grad()
    if k == 10:
        for p in parts[0].parameters():
            p.requires_grad = False
    parts[1](parts[0](torch.randn(6, 3)).tanh()).pow(2).mean().backward()
    opt.step()
