"""Data-dependent initialisation in the first forward: .data.copy_ of statistics (ActNorm)."""
import torch
from torch import nn


class ActNorm(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.bias, self.log_scale = nn.Parameter(torch.zeros(d)), nn.Parameter(torch.zeros(d))
        self.ready = False

    def forward(self, x):
        if not self.ready:
            with torch.no_grad():
                self.bias.data.copy_(-x.mean(0))
                self.log_scale.data.copy_(-x.std(0).clamp_min(0.1).log())
            self.ready = True
        return (x + self.bias) * self.log_scale.exp()


torch.manual_seed(44)
net = nn.Sequential(nn.Linear(3, 4), ActNorm(4), nn.Tanh(), nn.Linear(4, 3))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(5):
    x = torch.randn(16, 3)
    loss = (net(x) - x).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
