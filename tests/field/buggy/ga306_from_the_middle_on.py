"""From batch 60 of 120 on, windows of six are clipped at each micro-batch by the same helper."""

import torch
from torch import nn


def backward(loss, net):
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 0.05)


torch.manual_seed(6)
net = nn.Linear(6, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for i in range(120):
    window = 1 if i < 60 else 6
    backward(net(torch.randn(5, 6)).pow(2).mean() / window, net)
    if (i + 1) % window == 0:
        opt.step()
        opt.zero_grad()
