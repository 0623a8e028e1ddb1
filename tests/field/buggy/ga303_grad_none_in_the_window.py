"""A generator loop sets gradients to None at each micro-batch of four."""

import torch
from torch import nn


def stream(n):
    for i in range(n):
        yield i, torch.randn(4, 6)


torch.manual_seed(1)
model = nn.Sequential(nn.Linear(6, 6), nn.LayerNorm(6))
opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
for i, x in stream(24):
    for p in model.parameters():
        p.grad = None
    (model(x) - x).pow(2).mean().div(4).backward()
    if i % 4 == 3:
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
