"""RealNVP with zero-initialised coupling outputs and alternating fixed masks, negative log-likelihood."""
import torch
from torch import nn


class Coupling(nn.Module):
    def __init__(self, mask):
        super().__init__()
        self.register_buffer("mask", mask)
        self.net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 4))
        nn.init.zeros_(self.net[-1].weight)
        nn.init.zeros_(self.net[-1].bias)
        self.scale = nn.Parameter(torch.ones(2))

    def forward(self, x):
        s, t = self.net(x * self.mask).chunk(2, 1)
        s = torch.tanh(s) * self.scale * (1 - self.mask)
        return x * s.exp() + t * (1 - self.mask), s.sum(1)


torch.manual_seed(70)
flow = nn.ModuleList(Coupling(torch.tensor([i % 2, 1 - i % 2]).float()) for i in range(4))
opt = torch.optim.Adamax(flow.parameters(), lr=5e-3)
for step in range(30):
    z = torch.randn(64, 2) @ torch.tensor([[1.0, 0.7], [0.0, 0.5]]) + 1
    logdet = 0
    for layer in flow:
        z, ld = layer(z)
        logdet = logdet + ld
    nll = (0.5 * z.pow(2).sum(1) + 1.8379 - logdet).mean()
    opt.zero_grad()
    nll.backward()
    opt.step()
print(nll.item())
