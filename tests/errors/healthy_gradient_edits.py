"""Gradients are edited through .data and NumPy after the backward."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(4, 2)
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(8):
    opt.zero_grad()
    model(torch.randn(6, 4)).square().mean().backward()
    model.weight.grad.data[0] *= 0.5
    model.bias.grad.numpy()[:] *= 0.9
    opt.step()
