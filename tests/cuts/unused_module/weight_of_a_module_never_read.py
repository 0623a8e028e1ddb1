"""A bare parameter that forward forgot (no module to call, nothing reads it)."""
# expect: GA101 unused-module|unused-output|unknown: scale
import torch
from torch import nn


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))
        self.shift = nn.Parameter(torch.zeros(3))
        self.lin = nn.Linear(4, 3)

    def forward(self, x):
        return self.lin(x) + self.shift


torch.manual_seed(0)
m = Scaled()
opt = torch.optim.SGD(m.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(8, 4)
    opt.zero_grad()
    ((m(x) - x[:, :3]) ** 2).mean().backward()
    opt.step()
