"""Adapters in bfloat16: A gets no gradient at first, and later one that rounds away."""

import torch

torch.manual_seed(3)
base = torch.randn(6, 6)
A = torch.ones(6, 2, dtype=torch.bfloat16, requires_grad=True)
B = torch.zeros(2, 6, dtype=torch.bfloat16, requires_grad=True)
opt = torch.optim.SGD([A, B], lr=1e-3)
for _ in range(60):
    x = torch.randn(8, 6)
    out = x @ base + ((x.bfloat16() @ A) @ B).float()
    loss = (out - 1).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
