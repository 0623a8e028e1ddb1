"""WGAN-GP with two critics, one backward for both; generator every third step."""
import torch
from torch import nn

torch.manual_seed(4)
G = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 2))
critics = nn.ModuleList(nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1)) for _ in range(2))
og = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.0, 0.9))
oc = torch.optim.Adam(critics.parameters(), lr=1e-3, betas=(0.0, 0.9))


def penalty(critic, real, fake):
    a = torch.rand(len(real), 1)
    mixed = (a * real + (1 - a) * fake).requires_grad_(True)
    s = critic(mixed)
    (g,) = torch.autograd.grad(s, mixed, torch.ones_like(s), create_graph=True, retain_graph=True)
    return ((g.norm(2, dim=1) - 1) ** 2).mean()


for step in range(12):
    real = torch.randn(16, 2) + 2
    fake = G(torch.randn(16, 3)).detach()
    loss = sum(c(fake).mean() - c(real).mean() + 10 * penalty(c, real.data, fake.data) for c in critics)
    oc.zero_grad()
    loss.backward()
    oc.step()
    if step % 3 == 2:
        for p in critics.parameters():
            p.requires_grad_(False)
        og.zero_grad()
        g_loss = -torch.stack([c(G(torch.randn(16, 3))).mean() for c in critics]).min()
        g_loss.backward()
        og.step()
        for p in critics.parameters():
            p.requires_grad_(True)
    print(f"{loss.item():.4f}")
