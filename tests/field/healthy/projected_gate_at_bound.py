"""Projected gradient: a mixing gate is clamped to [0, 1] after each step and sits at 1, where the loss wants it."""
import torch
from torch import nn


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 1), nn.Linear(4, 1)
        self.gate = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.gate * x[:, :1] * 3 + self.a(x) * 0.1 + 0.1 * self.b(x.abs())


torch.manual_seed(110)
net = Gated()
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for step in range(25):
    x = torch.randn(32, 4)
    loss = (net(x) - 6 * x[:, :1]).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    net.gate.data.clamp_(0.0, 1.0)
print(loss.item(), net.gate.item())
