"""The projection is made anew in each forward."""

import torch
from torch import nn


class Late(nn.Module):
    def __init__(self):
        super().__init__()
        self.core = nn.Linear(6, 6)

    def forward(self, x):
        h = self.core(x).tanh()
        proj = nn.Linear(h.shape[1], 3)
        return proj(h)


torch.manual_seed(0)
late = Late()
opt = torch.optim.SGD(late.parameters(), lr=0.1)
for _ in range(20):
    opt.zero_grad()
    nn.functional.cross_entropy(late(torch.randn(8, 6)), torch.randint(0, 3, (8,))).backward()
    opt.step()
