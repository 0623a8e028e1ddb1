"""Parametrizations: orthogonal, own symmetric, with cached() around forward and the loss."""
import torch
import torch.nn.utils.parametrize as P
from torch import nn
from torch.nn.utils.parametrizations import orthogonal, weight_norm


class Symmetric(nn.Module):
    def forward(self, w):
        return w.triu() + w.triu(1).transpose(-1, -2)

    def right_inverse(self, w):
        return w.triu()


torch.manual_seed(32)
a, b, c = orthogonal(nn.Linear(6, 6)), nn.Linear(6, 6), weight_norm(nn.Linear(6, 2))
P.register_parametrization(b, "weight", Symmetric())
opt = torch.optim.Adam([*a.parameters(), *b.parameters(), *c.parameters()], lr=1e-2)
for step in range(10):
    x = torch.randn(8, 6)
    with P.cached():
        out = c(torch.tanh(b(torch.tanh(a(x)))))
        loss = (out - x[:, :2]).pow(2).mean() + 1e-3 * b.weight.pow(2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        gap = (a.weight @ a.weight.T - torch.eye(6)).abs().max().item()
    print(f"{loss.item():.4f} {gap < 1e-4}")
