"""A backward ran, and its way did not lead here: the line where the way ends."""

import numpy as np
import torch
from torch import nn

torch.manual_seed(0)


def leaf():
    return torch.randn(4, requires_grad=True)


anchor, a, b, c, d, e, f, g, h, unused, side = (leaf() for _ in range(11))
loss = anchor.sum()
loss = loss + (a * 2).detach().sum()  # AT a
loss = loss + b.exp().data.sum()  # AT b
with torch.no_grad():  # AT c
    scaled = c * 2
loss = loss + scaled.sum()
loss = loss + (d > 0).float().sum()  # AT d
loss = loss + e.sum().item()  # AT e
loss = loss + torch.from_numpy(np.tanh(f.detach().numpy())).sum()  # AT f
loss = loss + torch.tensor([g.mean(), g.max()]).sum()  # AT g
loss = loss + torch.round(h).long().sum()  # AT h
thrown_away = side.square().sum()  # AT side
loss.backward()
print(anchor.grad.sum())
print(a.grad)  # WHY a not-reached detach a
print(b.grad)  # WHY b not-reached data-attribute b
print(c.grad)  # WHY c not-reached no-grad-region c
print(d.grad)  # WHY d not-reached non-differentiable-op d
print(e.grad)  # WHY e not-reached rewrapped-value e
print(f.grad)  # WHY f not-reached rewrapped-value f
print(g.grad)  # WHY g not-reached rewrapped-value g
print(h.grad)  # WHY h not-reached non-differentiable-op h
print(side.grad)  # WHY side not-reached unused-output side
print(unused.grad)  # WHY unused not-reached -


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(4, 4)
        self.spare = nn.Linear(4, 4)  # AT spare
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        return self.head(self.encode(x))

    def encode(self, x):
        return self.encoder(x).detach()  # AT encode


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(2):
    optimizer.zero_grad()
    net(torch.randn(2, 4)).sum().backward()
    optimizer.step()
print(net.encoder.weight.grad)  # WHY net.encoder.weight not-reached detach encode
print(net.spare.weight.grad)  # WHY net.spare.weight not-reached unused-module spare
print(net.head.weight.grad.sum())
