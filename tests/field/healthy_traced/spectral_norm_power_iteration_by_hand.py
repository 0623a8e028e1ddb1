"""Spectral normalisation by hand in forward: power iteration under no_grad with in-place buffers."""
import torch
import torch.nn.functional as F
from torch import nn


class SNLinear(nn.Linear):
    def __init__(self, i, o):
        super().__init__(i, o)
        self.register_buffer("u", F.normalize(torch.randn(o), dim=0))

    def forward(self, x):
        with torch.no_grad():
            v = F.normalize(self.weight.t() @ self.u, dim=0)
            self.u.copy_(F.normalize(self.weight @ v, dim=0))
        sigma = self.u.clone() @ self.weight @ v
        return F.linear(x, self.weight / sigma, self.bias)


torch.manual_seed(38)
net = nn.Sequential(SNLinear(4, 12), nn.LeakyReLU(0.1), SNLinear(12, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(10):
    loss = F.softplus(-net(torch.randn(8, 4) + 1)).mean() + F.softplus(net(torch.randn(8, 4) - 1)).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}")
