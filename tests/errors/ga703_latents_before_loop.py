"""Latents before loop."""

# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Linear(4, 4)
        self.d = nn.Linear(2, 4)

    def encode(self, x):
        mu, logvar = self.e(x).chunk(2, 1)
        return mu, logvar


def train(m, data):
    o = torch.optim.Adam(m.parameters())
    mu, logvar = m.encode(data)  # HERE
    for _ep in range(3):
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
        loss = (m.d(z) - data).square().mean() - 0.5 * (
            1 + logvar - mu.square() - logvar.exp()
        ).mean()
        o.zero_grad()
        loss.backward()
        o.step()


train(VAE(), torch.randn(6, 4))
