"""Layers are marked trainable = False."""

import torch
from torch import nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(4, 4)
        self.out = nn.Linear(4, 1)
        self.encoder.trainable = False

    def forward(self, x):
        return self.out(self.encoder(x).relu())


torch.manual_seed(2)
m = M()
opt = torch.optim.AdamW(m.parameters(), lr=1e-3)
for _ in range(10):
    opt.zero_grad()
    m(torch.randn(6, 4)).sub(1).pow(2).mean().backward()
    opt.step()
