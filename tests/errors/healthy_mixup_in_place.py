"""Inputs are mixed and masked in place before the forward."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 3))
opt = torch.optim.AdamW(model.parameters())
for _ in range(8):
    x, y = torch.randn(6, 4), torch.randint(0, 3, (6,))
    x.mul_(0.7).add_(0.3 * x.flip(0))
    x[torch.rand_like(x) < 0.1] = 0
    x.data.clamp_(-2, 2)
    opt.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    opt.step()
