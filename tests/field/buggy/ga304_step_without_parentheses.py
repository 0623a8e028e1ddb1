"""step is named but not called, inside a function that makes its own optimizer."""

import torch
from torch import nn


def train(net, n):
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(n):
        opt.zero_grad()
        loss = net(torch.randn(8, 3)).pow(2).mean()
        loss.backward()
        opt.step
    return net


torch.manual_seed(1)
trained = train(nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1)), 4)
