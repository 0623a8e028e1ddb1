"""Attention weights are masked in place after the softmax."""

# expect: GA701 inplace-edit
# exit: 1
# tensor: weights
import math

import torch
import torch.nn.functional as F
from torch import nn


class Attention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(width, width) for _ in range(3))

    def forward(self, x, mask):
        scores = self.q(x) @ self.k(x).transpose(-1, -2) / math.sqrt(x.shape[-1])
        weights = F.softmax(scores, dim=-1)  # SAVED
        weights.masked_fill_(mask, 0.0)  # HERE
        return weights @ self.v(x)


torch.manual_seed(0)
net = Attention(4)
opt = torch.optim.AdamW(net.parameters())
mask = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)
for _ in range(3):
    out = net(torch.randn(2, 5, 4), mask)
    opt.zero_grad()
    out.pow(2).mean().backward()
    opt.step()
