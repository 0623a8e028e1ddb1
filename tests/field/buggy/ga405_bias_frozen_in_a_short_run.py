"""The bias is frozen after two of four steps, and only the weight's gradient is cleared since."""

import torch
from torch import nn

torch.manual_seed(2)
net = nn.Linear(4, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for k in range(4):
    net.weight.grad = None
    if k < 2:
        net.bias.grad = None
    net.bias.requires_grad_(k < 2)
    net(torch.randn(6, 4)).pow(2).mean().backward()
    opt.step()
