"""DDPM: buffers of the schedule from numpy, timesteps as integers, loss on the noise."""
import numpy as np
import torch
from torch import nn


class Eps(nn.Module):
    def __init__(self, steps=10):
        super().__init__()
        beta = np.linspace(1e-3, 0.2, steps)
        self.register_buffer("alpha", torch.from_numpy(np.cumprod(1 - beta)).float())
        self.time = nn.Embedding(steps, 4)
        self.net = nn.Sequential(nn.Linear(6, 16), nn.SiLU(), nn.Linear(16, 2))

    def loss(self, x):
        t = torch.randint(0, len(self.alpha), (len(x),))
        a = self.alpha[t][:, None]
        noise = torch.randn_like(x)
        noisy = a.sqrt() * x + (1 - a).sqrt() * noise
        return (self.net(torch.cat([noisy, self.time(t)], 1)) - noise).square().mean()


torch.manual_seed(35)
model = Eps()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(6):
    loss = model.loss(torch.randn(32, 2))
    opt.zero_grad()
    loss.backward()
    opt.step()
