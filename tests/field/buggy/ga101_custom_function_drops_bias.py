"""A hand-written linear Function returns None for the bias."""

import torch
from torch import nn


class FusedLinear(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, b):
        ctx.save_for_backward(x, w)
        return x @ w.t() + b

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g @ w, g.t() @ x, None


class Layer(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(o, i) * 0.3)
        self.bias = nn.Parameter(torch.zeros(o))

    def forward(self, x):
        return FusedLinear.apply(x, self.weight, self.bias)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(4, 6)
        self.out = Layer(6, 1)

    def forward(self, x):
        return self.out(self.inp(x).relu())


torch.manual_seed(0)
net = Net()
adam = torch.optim.Adam(net.parameters(), 1e-2)
for i in range(12):
    x = torch.randn(16, 4)
    adam.zero_grad()
    (net(x) - x.sum(1, keepdim=True)).square().mean().backward()
    adam.step()
