"""The logarithm is taken in place, in a slice of a buffer.

Expect: GA202 nonfinite-op log
"""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 6), nn.ReLU())
head = nn.Linear(6, 1)
optimizer = torch.optim.SGD([*net.parameters(), *head.parameters()], lr=0.01)
for _ in range(3):
    h = net(torch.randn(4, 3)).clone()
    h[:, :3].log_()  # BORN
    loss = head(h).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
