"""A neural ODE with a hand-written adjoint in an autograd.Function that takes the flat parameters as an argument."""
import torch
from torch import nn


class Adjoint(torch.autograd.Function):
    @staticmethod
    def forward(ctx, func, x, h, n, *params):
        ctx.func, ctx.h, ctx.n = func, h, n
        with torch.no_grad():
            for _ in range(n):
                x = x + h * func(x)
        ctx.save_for_backward(x)
        return x

    @staticmethod
    def backward(ctx, a):
        (x,) = ctx.saved_tensors
        params = list(ctx.func.parameters())
        total = [torch.zeros_like(p) for p in params]
        for _ in range(ctx.n):
            with torch.enable_grad():
                x = x.detach().requires_grad_(True)
                f = ctx.func(x)
                gx, *gp = torch.autograd.grad(f, [x, *params], a, allow_unused=True)
            x = x.detach() - ctx.h * f.detach()
            a = a + ctx.h * gx
            total = [t + ctx.h * g for t, g in zip(total, gp)]
        return (None, a, None, None, *total)


torch.manual_seed(72)
func = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
opt = torch.optim.NAdam(func.parameters(), lr=1e-2)
x0 = torch.randn(32, 2)
target = x0 @ torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
for step in range(25):
    out = Adjoint.apply(func, x0, 0.1, 10, *func.parameters())
    loss = (out - target).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
