# expect: GA101 custom-function: a.weight a.bias
import torch
from torch import nn


class TopK(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = torch.where(x > 0, x, torch.zeros_like(x))
        ctx.mark_non_differentiable(y)  # CUT
        return y

    @staticmethod
    def backward(ctx, g):  # CUT
        return g


a, b = nn.Linear(3, 3), nn.Linear(3, 1)
net = nn.ModuleDict({"a": a, "b": b})
opt = torch.optim.SGD(net.parameters(), 0.1)
for _ in range(3):
    loss = b(TopK.apply(a(torch.randn(2, 3)))).sum()  # CUT
    opt.zero_grad()
    loss.backward()
    opt.step()
