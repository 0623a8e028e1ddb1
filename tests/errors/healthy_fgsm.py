"""Adversarial training with a perturbed copy of the batch."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(8):
    x = torch.randn(6, 4).requires_grad_()
    model(x).square().mean().backward()
    attacked = x.detach() + 0.1 * x.grad.sign()
    attacked.clamp_(-3, 3)
    x.data.add_(0.01)
    opt.zero_grad()
    model(attacked).square().mean().backward()
    opt.step()
