"""LBFGS evaluates its closure again and again."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
opt = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=5)
x = torch.randn(16, 4)
log = []


def closure():
    opt.zero_grad()
    loss = (model(x) - 1).square().mean()
    loss.backward()
    log.append(loss.item())
    return loss


for _ in range(6):
    loss = opt.step(closure)
