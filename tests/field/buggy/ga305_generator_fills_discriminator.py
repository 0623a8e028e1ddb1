"""A GAN class clears the discriminator after its step only, so the generator's gradient is left in it."""

import torch
from torch import nn


class GAN:
    def __init__(self):
        self.G, self.D = nn.Linear(3, 4), nn.Linear(4, 1)
        self.og = torch.optim.Adam(self.G.parameters(), lr=1e-3)
        self.od = torch.optim.Adam(self.D.parameters(), lr=1e-3)

    def step(self, real):
        z = torch.randn(len(real), 3)
        d_loss = self.D(self.G(z).detach()).mean() - self.D(real).tanh().mean()
        d_loss.backward()
        self.od.step()
        self.od.zero_grad()
        g_loss = -self.D(self.G(z)).mean()
        g_loss.backward()
        self.og.step()
        self.og.zero_grad()


torch.manual_seed(0)
gan = GAN()
for _ in range(25):
    gan.step(torch.randn(8, 4) + 1)
