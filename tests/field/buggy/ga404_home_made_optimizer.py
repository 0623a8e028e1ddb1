"""A home-made optimizer rebinds a local name instead of changing the parameter."""

import torch
from torch import nn


class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p = p - group["lr"] * p.grad


torch.manual_seed(1)
net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
opt = Plain(net.parameters())
for _ in range(15):
    opt.zero_grad()
    net(torch.randn(6, 3)).sub(1).pow(2).mean().backward()
    opt.step()
