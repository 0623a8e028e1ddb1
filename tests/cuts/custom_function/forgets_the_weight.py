"""A fused linear whose backward forgets the weight's gradient."""
# expect: GA101 custom-function: weight
import torch
from torch import nn


class FusedLinear(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        return x @ weight.t() + bias

    @staticmethod
    def backward(ctx, grad):  # CUT
        x, weight = ctx.saved_tensors
        return grad @ weight, None, grad.sum(0)  # CUT


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, 5) * 0.1)
        self.bias = nn.Parameter(torch.zeros(3))

    def forward(self, x):
        return FusedLinear.apply(x, self.weight, self.bias)  # CUT


torch.manual_seed(1)
model = Layer()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(8, 5), torch.randint(0, 3, (8,))
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
