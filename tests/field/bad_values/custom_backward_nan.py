# expect: GA201 nonfinite-op: 0.weight
import torch
from torch import nn


class SafeLog(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=1e-12).log()

    @staticmethod
    def backward(ctx, g):  # CUT
        (x,) = ctx.saved_tensors
        return g / x  # CUT


class L(nn.Module):
    def forward(self, x):
        return SafeLog.apply(x * (x > 0))  # CUT


torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 4), L())
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(3):
    loss = net(torch.randn(4, 3)).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
