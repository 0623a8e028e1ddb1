"""A functional two-layer net passes three of its four tensors."""

import torch

torch.manual_seed(5)
w1, b1 = torch.randn(4, 6, requires_grad=True), torch.zeros(6, requires_grad=True)
w2, b2 = torch.randn(6, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
opt = torch.optim.Adam([w1, b1, w2], lr=1e-3)
for _ in range(150):
    x = torch.randn(10, 4)
    loss = ((x @ w1 + b1).relu() @ w2 + b2 - 2).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
