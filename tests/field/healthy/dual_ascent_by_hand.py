"""Constrained training: the network descends with Adam, the multiplier in the model ascends by hand."""
import torch
from torch import nn


class Constrained(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
        self.multiplier = nn.Parameter(torch.zeros(2))

    def lagrangian(self, x, y):
        out = self.net(x)
        limits = torch.stack([out.abs().mean() - 0.2, out.var() - 0.05])
        return ((out - y) ** 2).mean() + (self.multiplier * limits).sum()


torch.manual_seed(14)
model = Constrained()
opt = torch.optim.Adam(model.net.parameters(), lr=5e-3)
for step in range(30):
    x = torch.randn(32, 3)
    loss = model.lagrangian(x, x.sum(1, keepdim=True))
    opt.zero_grad()
    model.multiplier.grad = None
    loss.backward()
    opt.step()
    with torch.no_grad():
        model.multiplier += 0.05 * model.multiplier.grad
        model.multiplier.clamp_(min=0)
print(loss.item(), model.multiplier.tolist())
