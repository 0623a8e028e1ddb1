"""Two bare matrices are updated by hand and keep their gradients."""

import torch

torch.manual_seed(3)
w1 = (torch.randn(4, 6) * 0.3).requires_grad_()
w2 = (torch.randn(6, 1) * 0.3).requires_grad_()
for _ in range(12):
    x = torch.randn(16, 4)
    loss = (torch.tanh(x @ w1) @ w2 - x.sum(1, keepdim=True)).pow(2).mean()
    loss.backward()
    for p in (w1, w2):
        p.data.add_(p.grad, alpha=-0.01)
