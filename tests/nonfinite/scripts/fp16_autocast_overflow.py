"""Half precision on the CPU: a product of the backward overflows.

Expect: GA201 nonfinite-op linear
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 8)
        self.second = nn.Linear(8, 1)

    def forward(self, x):
        h = self.first(x)
        return self.second(h)  # BORN


torch.manual_seed(0)
model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-9)
for _ in range(3):
    x = torch.randn(4, 8) * 3e5
    with torch.autocast("cpu", torch.float16):
        out = model(x.clamp(-6e4, 6e4) * 1.0)
        loss = out.float().square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
