"""The step slipped out of the batch loop, the clearing did not."""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(3):
    for _ in range(8):
        opt.zero_grad()
        nn.functional.cross_entropy(net(torch.randn(5, 4)), torch.randint(0, 2, (5,))).backward()
    opt.step()
