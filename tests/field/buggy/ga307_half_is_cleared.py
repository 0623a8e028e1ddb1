"""The closure clears one of the two models that LBFGS holds."""

import torch
from torch import nn

torch.manual_seed(4)
lower, upper = nn.Linear(3, 4), nn.Linear(4, 1)
opt = torch.optim.LBFGS([*lower.parameters(), *upper.parameters()], lr=0.1, max_iter=3)
x = torch.randn(16, 3)


def closure():
    lower.zero_grad()
    loss = (upper(lower(x).tanh()) - x[:, :1]).pow(2).mean()
    loss.backward()
    return loss


for _ in range(5):
    opt.step(closure)
