"""A lambda attribute closes over a layer."""

import torch
from torch import nn


class Sneaky(nn.Module):
    def __init__(self):
        super().__init__()
        inner = nn.Linear(4, 4)
        self.pre = lambda x: inner(x).relu()
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(self.pre(x))


torch.manual_seed(7)
sneaky = Sneaky()
opt = torch.optim.Adam(sneaky.parameters())
for _ in range(15):
    opt.zero_grad()
    sneaky(torch.randn(6, 4)).logsumexp(1).mean().backward()
    opt.step()
