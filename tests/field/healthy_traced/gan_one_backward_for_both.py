"""A GAN with one backward for both nets through a gradient reversal Function."""
import torch
import torch.nn.functional as F
from torch import nn


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, lam):
        ctx.lam = lam
        return x.view_as(x)

    @staticmethod
    def backward(ctx, g):
        return -ctx.lam * g, None


torch.manual_seed(5)
G, D = nn.Linear(4, 2), nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.Adam([{"params": G.parameters()}, {"params": D.parameters(), "lr": 3e-3}], lr=1e-3)
for step in range(10):
    lam = min(1.0, step / 5)
    fake = Reverse.apply(G(torch.randn(8, 4)), lam)
    real = torch.randn(8, 2)
    loss = F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()
    opt.zero_grad(set_to_none=False)
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}")
