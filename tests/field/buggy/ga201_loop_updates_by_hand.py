"""A loop without an optimizer subtracts a NaN gradient."""

import torch

torch.manual_seed(3)
w = torch.tensor([1.0, 0.5, 0.0, 2.0, -1.0, 0.7], requires_grad=True)
for _ in range(5):
    loss = w.abs().pow(0.5).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        w.grad = None
