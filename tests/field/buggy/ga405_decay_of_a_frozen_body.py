"""A body frozen at step 8 keeps zero gradients, and AdamW goes on decaying it."""

import torch
from torch import nn


class N(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        return self.head(self.body(x).relu())


torch.manual_seed(0)
n = N()
with torch.no_grad():
    n.body.bias.fill_(0.5)
opt = torch.optim.AdamW(n.parameters(), lr=1e-2, weight_decay=0.1)
for k in range(25):
    if k == 8:
        n.body.requires_grad_(False)
    opt.zero_grad(set_to_none=False)
    n(torch.randn(8, 4)).sub(1).pow(2).mean().backward()
    opt.step()
