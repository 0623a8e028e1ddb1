"""Bare tensors are cleared once before each LBFGS step with line search."""

import torch

torch.manual_seed(1)
a = torch.randn(3, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
opt = torch.optim.LBFGS([a, b], lr=0.5, max_iter=6, line_search_fn="strong_wolfe")
x = torch.randn(25, 3)
for _ in range(3):
    opt.zero_grad()

    def closure():
        loss = (x @ a + b - x[:, 0] * 2).pow(2).mean()
        loss.backward()
        return loss

    opt.step(closure)
