"""Logits of a linear layer are masked in place before the softmax."""

import torch
from torch import nn

torch.manual_seed(0)
q, k, v = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)
opt = torch.optim.SGD([*q.parameters(), *k.parameters(), *v.parameters()], lr=0.05)
mask = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)
for _ in range(8):
    x = torch.randn(2, 5, 4)
    scores = q(x) @ k(x).transpose(1, 2)
    scores /= 2
    scores.masked_fill_(mask, float("-inf"))
    out = scores.softmax(-1) @ v(x)
    opt.zero_grad()
    out.square().mean().backward()
    opt.step()
