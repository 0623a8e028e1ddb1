"""Updates by hand under no_grad."""

import torch

torch.manual_seed(0)
w = torch.randn(4, 1, requires_grad=True)
for _ in range(8):
    loss = (torch.randn(6, 4) @ w - 1).square().mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        w.clamp_(-1, 1)
    w.grad = None
