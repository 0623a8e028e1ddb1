"""Reparametrised layers with buffers that are updated in the forward."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.utils.parametrizations.spectral_norm(nn.Linear(4, 8)),
    nn.Tanh(),
    nn.utils.parametrizations.weight_norm(nn.Linear(8, 1)),
)
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(8):
    a, b = model(torch.randn(6, 4)), model(torch.randn(6, 4))
    opt.zero_grad()
    (a - b - 1).square().mean().backward()
    opt.step()
