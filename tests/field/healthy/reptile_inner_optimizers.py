"""Reptile: an inner SGD over a fresh copy for every task, the outer Adam gets (meta - adapted) as gradient."""
import copy

import torch
from torch import nn

torch.manual_seed(12)


def make():
    return nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))


def adapt(model, steps=4):
    fast = copy.deepcopy(model)
    inner = torch.optim.SGD(fast.parameters(), lr=0.02)
    amp = torch.rand(1) * 2 + 0.5
    for _ in range(steps):
        x = torch.rand(8, 1) * 4 - 2
        loss = ((fast(x) - amp * torch.sin(x)) ** 2).mean()
        inner.zero_grad()
        loss.backward()
        inner.step()
    return fast, loss.item()


model = make()
outer = torch.optim.Adam(model.parameters(), lr=5e-3)
for it in range(12):
    fast, last = adapt(model)
    for p, q in zip(model.parameters(), fast.parameters()):
        p.grad = (p - q).detach()
    outer.step()
print(last)
