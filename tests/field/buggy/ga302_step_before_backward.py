"""Clear, step, backward: in this order."""

import torch
from torch import nn

torch.manual_seed(2)
net = nn.Linear(3, 2)
opt = torch.optim.AdamW(net.parameters(), lr=1e-2)
for _ in range(20):
    loss = nn.functional.cross_entropy(net(torch.randn(5, 3)), torch.randint(0, 2, (5,)))
    opt.zero_grad()
    opt.step()
    loss.backward()
