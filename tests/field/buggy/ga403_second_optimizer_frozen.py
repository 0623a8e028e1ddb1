"""The prior is frozen, and yet has an optimizer that steps."""

import torch
from torch import nn


class VAE:
    def __init__(self):
        self.post = nn.Linear(4, 2)
        self.prior = nn.Linear(4, 2).requires_grad_(False)
        self.opts = (
            torch.optim.Adam(self.post.parameters()),
            torch.optim.Adam(self.prior.parameters()),
        )

    def step(self):
        x = torch.randn(8, 4)
        for o in self.opts:
            o.zero_grad()
        (self.post(x) - self.prior(x)).pow(2).mean().backward()
        for o in self.opts:
            o.step()


torch.manual_seed(2)
vae = VAE()
for _ in range(20):
    vae.step()
