"""WGAN-GP: interpolates of detached fakes, autograd.grad with create_graph."""
import torch
from torch import nn

torch.manual_seed(22)
G, D = nn.Linear(3, 2), nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
og = torch.optim.Adam(G.parameters(), lr=1e-3)
od = torch.optim.Adam(D.parameters(), lr=1e-3)


def penalty(real, fake):
    e = torch.rand(len(real), 1)
    mixed = (e * real + (1 - e) * fake.detach()).requires_grad_(True)
    score = D(mixed)
    (grad,) = torch.autograd.grad(score, mixed, torch.ones_like(score), create_graph=True)
    return (grad.norm(2, dim=1) - 1).square().mean()


for _ in range(5):
    real = torch.randn(8, 2) + 1
    fake = G(torch.randn(8, 3)).detach()
    loss_d = D(fake).mean() - D(real).mean() + 10 * penalty(real, fake)
    od.zero_grad()
    loss_d.backward()
    od.step()
    og.zero_grad()
    (-D(G(torch.randn(8, 3))).mean()).backward()
    og.step()
