"""Old-style code zeroes `.grad.data` after the backward and before the step."""

import torch

torch.manual_seed(1)
w = torch.randn(4, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
opt = torch.optim.SGD([w, b], lr=0.1)
for _ in range(10):
    loss = (torch.randn(6, 4) @ w + b - 1).pow(2).mean()
    loss.backward()
    for p in (w, b):
        p.grad.data.zero_()
    opt.step()
