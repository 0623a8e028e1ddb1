"""The saved result of a custom function is rounded in place."""

# expect: GA701 inplace-edit
# exit: 1
# tensor: y
import torch
from torch import nn


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x * x
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx, grad):
        x, y = ctx.saved_tensors
        return 2 * grad * x + 0 * y


torch.manual_seed(0)
net = nn.Linear(3, 3)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(2):
    y = Square.apply(net(torch.randn(2, 3)))  # SAVED
    y.round_()  # HERE
    opt.zero_grad()
    y.sum().backward()
    opt.step()
