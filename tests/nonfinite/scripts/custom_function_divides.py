"""A Function of the user's own whose backward divides by zero.

Expect: GA201 nonfinite-op Rescale
"""

import torch
from torch import nn


class Rescale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad / x.relu()


torch.manual_seed(0)
first, last = nn.Linear(4, 4), nn.Linear(4, 1)
model = nn.Sequential(first, last)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for _ in range(3):
    h = first(torch.randn(5, 4))
    h = Rescale.apply(h)  # BORN
    loss = last(h).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
