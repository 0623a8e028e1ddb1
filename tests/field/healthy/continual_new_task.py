"""Continual learning: the first task is fitted to the end, then the targets change and gradients jump."""
import torch
from torch import nn

torch.manual_seed(49)
net = nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.3)
x = torch.randn(64, 4)
for task in range(2):
    y = x @ torch.randn(4, 1) * 3
    for step in range(45):
        opt.zero_grad()
        loss = (net(x) - y).pow(2).mean()
        loss.backward()
        opt.step()
    print("task", task, loss.item())
