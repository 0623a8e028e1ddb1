"""Weights of an inner loop are new tensors in every round, and the chain is long."""

import torch
from torch import nn
from torch.func import functional_call

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
history = []
for _ in range(6):
    fast = dict(net.named_parameters())
    x = torch.randn(8, 3)
    for _inner in range(5):
        loss = functional_call(net, fast, (x,)).square().mean()
        grads = torch.autograd.grad(loss, list(fast.values()), create_graph=True)
        fast = {n: p - 0.1 * g for (n, p), g in zip(fast.items(), grads)}
    opt.zero_grad()
    outer = functional_call(net, fast, (x,)).square().mean()
    outer.backward()
    opt.step()
    history.append(float(outer))
