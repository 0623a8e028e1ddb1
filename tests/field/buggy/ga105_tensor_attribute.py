"""A learnable scale is a plain tensor attribute."""

import torch
from torch import nn


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(5, 5)
        self.scale = torch.ones(5, requires_grad=True)

    def forward(self, x):
        return self.fc(x) * self.scale


def main():
    torch.manual_seed(2)
    net = Scaled()
    opt = torch.optim.Adam(net.parameters(), lr=1e-2)
    for _ in range(4):
        x = torch.randn(6, 5)
        loss = (net(x) - 3 * x).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()


main()
