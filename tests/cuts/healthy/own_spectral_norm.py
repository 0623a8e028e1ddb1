"""Spectral norm by hand: power iteration with .data / no_grad, sigma differentiable."""
import torch
import torch.nn.functional as F
from torch import nn


class SnLinear(nn.Linear):
    def __init__(self, i, o):
        super().__init__(i, o)
        self.register_buffer("u", F.normalize(torch.randn(o), dim=0))

    def forward(self, x):
        w = self.weight
        v = F.normalize(w.data.t() @ self.u, dim=0)
        self.u.copy_(F.normalize(w.data @ v, dim=0))
        sigma = self.u @ (w @ v)
        return F.linear(x, w / sigma, self.bias)


torch.manual_seed(23)
net = nn.Sequential(SnLinear(4, 6), nn.ReLU(), SnLinear(6, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for _ in range(5):
    x = torch.randn(8, 4)
    loss = (net(x) - x[:, :1]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
