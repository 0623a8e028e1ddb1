"""Bayesian regression: the network's weights follow Langevin dynamics by hand, the noise level follows Adam."""
import torch
from torch import nn

torch.manual_seed(16)
x = torch.linspace(-1, 1, 40).unsqueeze(1)
y = x**2 + 0.1 * torch.randn_like(x)
net = nn.Sequential(nn.Linear(1, 12), nn.Tanh(), nn.Linear(12, 1))
log_noise = nn.Parameter(torch.zeros(()))
opt = torch.optim.Adam([log_noise], lr=0.02)
rate = 1e-4
for step in range(40):
    net.zero_grad()
    opt.zero_grad()
    nll = 0.5 * ((net(x) - y) ** 2 / log_noise.exp() ** 2).sum() + len(x) * log_noise
    nll.backward()
    opt.step()
    with torch.no_grad():
        for p in net.parameters():
            p.add_(-0.5 * rate * (p.grad + p) + rate**0.5 * torch.randn_like(p))
print(nll.item(), log_noise.exp().item())
