"""In a GAN the discriminator's step is missing."""

import torch
from torch import nn

torch.manual_seed(2)
G = nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 3))
D = nn.Sequential(nn.Linear(3, 6), nn.LeakyReLU(0.2), nn.Linear(6, 1))
optG = torch.optim.Adam(G.parameters(), lr=1e-3)
optD = torch.optim.Adam(D.parameters(), lr=1e-3)
bce = nn.BCEWithLogitsLoss()
for _ in range(25):
    fake = G(torch.randn(8, 2))
    optD.zero_grad()
    (
        bce(D(torch.randn(8, 3)), torch.ones(8, 1)) + bce(D(fake.detach()), torch.zeros(8, 1))
    ).backward()
    optG.zero_grad()
    bce(D(fake), torch.ones(8, 1)).backward()
    optG.step()
