"""Checkpointed blocks with in-place activations."""

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

torch.manual_seed(0)
blocks = nn.ModuleList(nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True)) for _ in range(3))
opt = torch.optim.SGD(blocks.parameters(), lr=0.05)
for _ in range(8):
    x = torch.randn(6, 4)
    for block in blocks:
        x = checkpoint(block, x, use_reentrant=False)
    opt.zero_grad()
    x.square().mean().backward()
    opt.step()
