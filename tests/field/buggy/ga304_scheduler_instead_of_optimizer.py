"""The scheduler steps in the optimizer's place."""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10)
for _ in range(25):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(torch.randn(6, 4)), torch.randint(0, 2, (6,))).backward()
    scheduler.step()
