"""A residual added in place onto a batch norm's result, as torchvision does."""

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        out = self.bn(self.conv(x))
        out += x
        return self.relu(out)


torch.manual_seed(0)
net = nn.Sequential(Block(), Block(), nn.Flatten(), nn.Linear(48, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
for _ in range(8):
    opt.zero_grad()
    net(torch.randn(2, 3, 4, 4)).square().mean().backward()
    opt.step()
