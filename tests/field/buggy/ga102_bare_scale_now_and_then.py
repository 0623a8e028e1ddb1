"""A bare scale factor is applied only when the batch mean is positive."""

import torch

torch.manual_seed(0)
w = torch.randn(5, requires_grad=True)
gain = torch.ones(1, requires_grad=True)
opt = torch.optim.Adagrad([w, gain], lr=0.1)
for _ in range(20):
    x = torch.randn(12, 5)
    z = x @ w
    if x.mean() > 0:
        z = z * gain
    loss = (z - x.sum(1)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
