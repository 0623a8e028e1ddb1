# expect: GA101|GA105 replaced-parameter|unregistered-leaf|rewrapped-value: gain
# allow: GA105 GA402 GA401 GA101
import torch
from torch import nn


class Gained(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 3)
        self.gain = nn.Parameter(torch.ones(3))

    def forward(self, x):
        self.gain = nn.Parameter(self.gain.clamp(min=0.1))  # CUT
        return self.lin(x) * self.gain


g = Gained()
opt = torch.optim.Adam(g.parameters())
for _ in range(3):
    loss = g(torch.randn(4, 3)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
