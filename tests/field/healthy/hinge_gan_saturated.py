"""A hinge GAN whose discriminator wins at once: its margin is met and its loss exactly zero for a while."""
import torch
from torch import nn

torch.manual_seed(61)
G = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
D = nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Linear(2, 32)), nn.ReLU(), nn.Linear(32, 1))
og = torch.optim.Adam(G.parameters(), lr=1e-5, betas=(0.0, 0.9))
od = torch.optim.Adam(D.parameters(), lr=2e-2, betas=(0.0, 0.9))
for it in range(50):
    real = torch.randn(32, 2) * 0.1 + 5
    fake = G(torch.randn(32, 4))
    d_loss = torch.relu(1 - D(real)).mean() + torch.relu(1 + D(fake.detach())).mean()
    od.zero_grad()
    d_loss.backward()
    od.step()
    g_loss = -D(fake).mean()
    og.zero_grad()
    g_loss.backward()
    og.step()
print(d_loss.item(), g_loss.item())
