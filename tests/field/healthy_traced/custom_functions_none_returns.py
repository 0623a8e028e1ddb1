"""Functions that return None for python arguments, for an integer tensor, and for a mask; mark_non_differentiable; setup_context."""
import torch
from torch import nn


class TopMask(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, k):
        idx = x.topk(k, dim=1).indices
        mask = torch.zeros_like(x).scatter_(1, idx, 1.0)
        ctx.save_for_backward(mask)
        ctx.mark_non_differentiable(idx)
        return x * mask, idx

    @staticmethod
    def backward(ctx, g, _):
        (mask,) = ctx.saved_tensors
        return g * mask, None


class Scatter(torch.autograd.Function):
    @staticmethod
    def forward(x, index, n):
        return x.new_zeros(n, x.shape[1]).index_add_(0, index, x)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[1])

    @staticmethod
    def backward(ctx, g):
        (index,) = ctx.saved_tensors
        return g[index], None, None


torch.manual_seed(56)
a, b = nn.Linear(5, 10), nn.Linear(10, 2)
opt = torch.optim.Adam([*a.parameters(), *b.parameters()], lr=1e-2)
for step in range(10):
    x = torch.randn(9, 5)
    h, idx = TopMask.apply(a(x), 4)
    s = Scatter.apply(b(h), torch.arange(9) % 3, 3)
    loss = (s - Scatter.apply(x[:, :2], torch.arange(9) % 3, 3)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}", idx.float().mean().item())
