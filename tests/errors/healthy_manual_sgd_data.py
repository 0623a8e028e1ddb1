"""Updates by hand through .data, after the backward."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(8):
    loss = (model(torch.randn(6, 4)) - 1).square().mean()
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.data -= 0.05 * p.grad.data
        p.data.clamp_(-2, 2)
