"""Spectral norm: power iteration runs under no_grad inside."""
import warnings

import torch
from torch import nn

warnings.filterwarnings("ignore")
torch.manual_seed(22)
D = nn.Sequential(
    nn.utils.parametrizations.spectral_norm(nn.Linear(4, 6)),
    nn.LeakyReLU(0.2),
    nn.utils.spectral_norm(nn.Linear(6, 1)),
)
opt = torch.optim.Adam(D.parameters(), lr=1e-3)
for _ in range(5):
    real, fake = torch.randn(8, 4) + 1, torch.randn(8, 4)
    loss = torch.relu(1 - D(real)).mean() + torch.relu(1 + D(fake)).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
