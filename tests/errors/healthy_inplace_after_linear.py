"""In-place edits after operations that keep nothing."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(8):
    out = model(torch.randn(6, 4))
    out += 1
    out[0] = 0
    out.mul_(0.5)
    y = out * 2
    y += 1
    opt.zero_grad()
    y.sum().backward()
    opt.step()
