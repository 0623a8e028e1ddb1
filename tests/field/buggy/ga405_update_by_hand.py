"""A hand-written update moves whatever has a gradient, frozen or not."""

import torch

torch.manual_seed(4)
frozen = torch.randn(5, requires_grad=True)
free = torch.randn(5, requires_grad=True)
for k in range(20):
    if k == 10:
        frozen.requires_grad_(False)
    x = torch.randn(8, 5)
    loss = ((x @ frozen) * 0.1 + x @ free - 1).pow(2).mean()
    if k < 10:
        frozen.grad = None
    free.grad = None
    loss.backward()
    for p in (frozen, free):
        p.data -= 0.02 * p.grad
