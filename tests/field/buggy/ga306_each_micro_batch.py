"""Each of four micro-batches is clipped."""

import torch
from torch import nn

torch.manual_seed(2)
net = nn.Linear(5, 3)
opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
for i in range(1, 25):
    nn.functional.cross_entropy(net(torch.randn(4, 5)), torch.randint(0, 3, (4,))).div(4).backward()
    nn.utils.clip_grad_norm_(net.parameters(), 0.1)
    if i % 4 == 0:
        opt.step()
        opt.zero_grad()
