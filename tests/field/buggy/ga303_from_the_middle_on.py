"""After 75 of 150 batches the window is raised to 5, but the clearing stays at each batch."""

import torch
from torch import nn

torch.manual_seed(3)
net = nn.Linear(4, 1)
opt = torch.optim.RMSprop(net.parameters(), lr=1e-3)
for i in range(150):
    every = 1 if i < 75 else 5
    opt.zero_grad()
    net(torch.randn(6, 4)).sub(1).pow(2).mean().backward()
    if i % every == 0:
        opt.step()
