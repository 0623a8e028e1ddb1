"""A perturbation is moved and projected through .data, after each backward."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(4):
    x = torch.randn(6, 4)
    delta = torch.zeros_like(x, requires_grad=True)
    for _ in range(3):
        model(x + delta).square().mean().backward()
        delta.data = (delta + 0.05 * delta.grad.detach().sign()).clamp(-0.1, 0.1)
        delta.grad.zero_()
    opt.zero_grad()
    model(x + delta.detach()).square().mean().backward()
    opt.step()
