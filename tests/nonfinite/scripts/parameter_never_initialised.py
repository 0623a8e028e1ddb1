"""A parameter was filled with NaN to mark it, and never initialised.

Expect: GA202 nonfinite-input mul
"""

import torch
from torch import nn


class Scale(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.linear = nn.Linear(width, width)
        self.gain = nn.Parameter(torch.full((width,), float("nan")))

    def forward(self, x):
        h = self.linear(x)
        return h * self.gain  # BORN


torch.manual_seed(0)
model = nn.Sequential(Scale(4), nn.Linear(4, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for _ in range(3):
    loss = model(torch.randn(4, 4)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
