# expect: GA101 custom-function: weight
import torch
from torch import nn


class LinearFn(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, b):
        ctx.save_for_backward(x, w)
        return x @ w.T + b

    @staticmethod
    def backward(ctx, g):  # CUT
        x, w = ctx.saved_tensors
        return g @ w, None, g.sum(0)  # CUT


class MyLinear(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(2, 3))
        self.bias = nn.Parameter(torch.zeros(2))

    def forward(self, x):
        return LinearFn.apply(x, self.weight, self.bias)  # CUT


m = MyLinear()
opt = torch.optim.SGD(m.parameters(), lr=0.1)
for _ in range(4):
    loss = m(torch.randn(3, 3)).pow(2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
