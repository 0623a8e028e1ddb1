"""A meta-loss grows over the tasks while the learners of the tasks step."""

import torch
from torch import nn
from torch.func import functional_call

torch.manual_seed(0)
meta = nn.Linear(3, 1)
outer = torch.optim.SGD(meta.parameters(), lr=0.05)
probe = nn.Linear(3, 1)
inner = torch.optim.SGD(probe.parameters(), lr=0.05)
for _ in range(2):
    meta_loss = 0
    for _task in range(9):
        x = torch.randn(5, 3)
        inner.zero_grad()
        probe(x).square().mean().backward()
        inner.step()
        fast = dict(meta.named_parameters())
        loss = functional_call(meta, fast, (x,)).square().mean()
        grads = torch.autograd.grad(loss, list(fast.values()), create_graph=True)
        fast = {n: p - 0.1 * g for (n, p), g in zip(fast.items(), grads)}
        meta_loss = meta_loss + functional_call(meta, fast, (x,)).square().mean()
    outer.zero_grad()
    meta_loss.backward()
    outer.step()
