"""A bare float16 matrix with gradients around the smallest subnormal."""

import torch

torch.manual_seed(1)
W = (torch.randn(12, 12) * 0.1).half().requires_grad_()
opt = torch.optim.SGD([W], lr=0.1)
for _ in range(25):
    x = (torch.randn(8, 12) * 1e-3).half()
    loss = ((x @ W).float() * torch.randn(8, 12)).sum() * 1e-5
    opt.zero_grad()
    loss.backward()
    opt.step()
