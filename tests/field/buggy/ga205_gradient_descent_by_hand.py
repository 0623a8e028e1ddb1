"""Hand-written gradient descent diverges."""

import torch

torch.manual_seed(5)
w = torch.randn(8, requires_grad=True)
x = torch.randn(40, 8)
y = x.sum(1)
for _ in range(25):
    loss = (x @ w - y).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 1.5 * w.grad
    w.grad.zero_()
