"""WGAN-GP: gradients of the critic's output are taken with `create_graph` and penalised. Healthy."""

import torch
from torch import autograd, nn, optim


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 2))

    def forward(self, z):
        return self.main(z)


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.Linear(2, 24),
            nn.Softplus(),
            nn.Linear(24, 24),
            nn.Softplus(),
            nn.Linear(24, 1, bias=False),
        )

    def forward(self, x):
        return self.main(x).view(-1)


def gradient_penalty(critic, real, fake):
    mix = torch.rand(real.size(0), 1)
    between = (mix * real + (1 - mix) * fake).requires_grad_(True)
    score = critic(between)
    slope = autograd.grad(score, between, grad_outputs=torch.ones_like(score), create_graph=True)[0]
    return ((slope.norm(2, dim=1) - 1) ** 2).mean()


def real_batch(n):
    angle = 2 * torch.pi * torch.rand(n)
    return torch.stack([angle.cos(), angle.sin()], dim=1) + 0.05 * torch.randn(n, 2)


torch.manual_seed(1414)
netG, netC = Generator(), Critic()
optG = optim.Adam(netG.parameters(), lr=1e-3, betas=(0.5, 0.9))
optC = optim.Adam(netC.parameters(), lr=1e-3, betas=(0.5, 0.9))
for it in range(25):
    for p in netC.parameters():
        p.requires_grad = True
    for _ in range(2):
        real = real_batch(16)
        with torch.no_grad():
            fake = netG(torch.randn(16, 3))
        optC.zero_grad()
        cost = netC(fake).mean() - netC(real).mean() + 10 * gradient_penalty(netC, real, fake)
        cost.backward()
        optC.step()
    for p in netC.parameters():
        p.requires_grad = False
    optG.zero_grad()
    g_cost = -netC(netG(torch.randn(16, 3))).mean()
    g_cost.backward()
    optG.step()
    if it % 6 == 0:
        print(f"it {it} critic {cost.item():.3f} generator {g_cost.item():.3f}")
