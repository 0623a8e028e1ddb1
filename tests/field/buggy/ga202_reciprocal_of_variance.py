"""Whitening divides by the variance of a constant column."""

import torch

torch.manual_seed(4)
v = torch.randn(3, requires_grad=True)
opt = torch.optim.AdamW([v], lr=1e-2)
for _ in range(3):
    x = torch.randn(10, 3)
    x[:, 1] = 4.0
    x = (x - x.mean(0)) / x.std(0)
    loss = (x @ v).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
