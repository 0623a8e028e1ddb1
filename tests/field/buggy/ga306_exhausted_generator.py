"""The generator of parameters was used up by the optimizer, so clipping gets none."""

import torch
from torch import nn

torch.manual_seed(4)
net = nn.Linear(4, 2)
params = net.parameters()
opt = torch.optim.SGD(params, lr=0.1)
for _ in range(10):
    opt.zero_grad()
    net(torch.randn(6, 4)).pow(2).mean().backward()
    nn.utils.clip_grad_norm_(params, 1.0)
    opt.step()
