"""One tensor's gradient is NaN, the clipping makes NaN of all of them.

Expect: GA201 nonfinite-op rsqrt
"""

import torch
from torch import nn


class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.strength = nn.Parameter(torch.zeros(4))

    def forward(self, h):
        energy = self.strength.square()
        inverse = torch.rsqrt(energy)  # BORN
        gain = torch.where(energy > 0, inverse, torch.ones_like(inverse))
        return h * gain


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 4), Gate(), nn.Linear(4, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(4):
    optimizer.zero_grad()
    loss = model(torch.randn(8, 4)).square().mean()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
