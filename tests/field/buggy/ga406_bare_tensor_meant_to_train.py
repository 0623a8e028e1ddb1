"""A bare tensor is given require_grad = True and cannot learn."""

import torch

torch.manual_seed(5)
slope = torch.randn(3, requires_grad=True)
shift = torch.zeros(3)
shift.require_grad = True
opt = torch.optim.Adam([slope, shift], lr=0.01)
for _ in range(20):
    x = torch.randn(8, 3)
    loss = (x * slope + shift - 2).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
