"""The accumulation window is longer than the run, on a bare tensor."""

import torch

torch.manual_seed(4)
w = torch.randn(6, requires_grad=True)
opt = torch.optim.Adagrad([w], lr=0.1)
accumulate = 64
for i in range(1, 13):
    ((torch.randn(4, 6) @ w).pow(2).mean() / accumulate).backward()
    if i % accumulate == 0:
        opt.step()
        opt.zero_grad()
