"""A GAN-like loop with two optimizers; the generator's loss takes the logarithm of zero.

Expect: GA202 nonfinite-op log
"""

import torch
from torch import nn

torch.manual_seed(0)
generator = nn.Linear(3, 4)
discriminator = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())
g_optimizer = torch.optim.Adam(generator.parameters(), lr=1e-3)
d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=1e-3)


def fooled(probability):
    return -torch.log(probability).mean()  # BORN


for _ in range(2):
    real, fake = torch.randn(6, 4), generator(torch.randn(6, 3))
    d_loss = nn.functional.binary_cross_entropy(discriminator(real), torch.ones(6, 1))
    d_loss = d_loss + discriminator(fake.detach()).mean()
    d_optimizer.zero_grad()
    d_loss.backward()
    d_optimizer.step()
    g_loss = fooled(discriminator(fake) * (fake.sum(1, keepdim=True) > 0))
    g_optimizer.zero_grad()
    g_loss.backward()
    g_optimizer.step()
