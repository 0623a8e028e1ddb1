"""In-place ReLUs behind linear layers, which keep nothing of their results."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(4, 8),
    nn.ReLU(inplace=True),
    nn.BatchNorm1d(8),
    nn.LeakyReLU(0.1, True),
    nn.Linear(8, 1),
)
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(8):
    opt.zero_grad()
    model(torch.randn(6, 4)).square().mean().backward()
    opt.step()
