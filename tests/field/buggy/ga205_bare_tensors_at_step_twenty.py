"""Bare tensors meet a huge loss weight at step 20."""

import torch

torch.manual_seed(4)
a = torch.randn(6, requires_grad=True)
b = torch.randn(6, requires_grad=True)
opt = torch.optim.Adam([a, b], lr=1e-3)
for k in range(25):
    x = torch.randn(10, 6)
    loss = (x @ a).pow(2).mean() + (1e7 if k >= 20 else 1.0) * (x @ b - 1).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
