"""A Function marks its output non-differentiable (a quantiser without straight-through)."""
# expect: GA101 custom-function: enc.weight enc.bias
import torch
from torch import nn


class Quantise(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, levels):
        out = torch.round(x * levels) / levels
        ctx.mark_non_differentiable(out)  # CUT
        return out

    @staticmethod
    def backward(ctx, grad):
        return grad, None


class Coder(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 3)
        self.dec = nn.Linear(3, 4)

    def forward(self, x):
        code = torch.tanh(self.enc(x))
        code = Quantise.apply(code, 8)  # CUT
        return self.dec(code)


torch.manual_seed(2)
model = Coder()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(5):
    x = torch.randn(9, 4)
    loss = (model(x) - x).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
