"""The closure has no zero_grad."""

import torch
from torch import nn

torch.manual_seed(0)
m = nn.Linear(5, 1)
x = torch.randn(30, 5)
y = x.sum(1, keepdim=True)
opt = torch.optim.LBFGS(m.parameters(), lr=0.05, max_iter=5)


def closure():
    loss = nn.functional.mse_loss(m(x), y)
    loss.backward()
    return loss


for _ in range(4):
    opt.step(closure)
