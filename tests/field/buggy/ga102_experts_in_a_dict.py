"""A plain dict of experts, one of which is drawn in each step."""

import random

import torch
from torch import nn

random.seed(3)
torch.manual_seed(3)
experts = {k: nn.Linear(4, 2) for k in ("cat", "dog", "owl")}
opt = torch.optim.Adam([p for e in experts.values() for p in e.parameters()], lr=1e-3)
for _ in range(25):
    x = torch.randn(5, 4)
    opt.zero_grad()
    experts[random.choice(list(experts))](x).pow(2).mean().backward()
    opt.step()
