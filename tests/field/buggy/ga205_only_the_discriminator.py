"""The gradient penalty of a GAN explodes half-way, in the discriminator alone."""

import torch
from torch import nn

torch.manual_seed(3)
G, D = nn.Linear(2, 3), nn.Linear(3, 1)
optimG = torch.optim.RMSprop(G.parameters(), lr=1e-4)
optimD = torch.optim.RMSprop(D.parameters(), lr=1e-4)
for k in range(24):
    z = torch.randn(8, 2)
    optimD.zero_grad()
    lam = 1.0 if k < 12 else 1e6
    d = D(torch.randn(8, 3)).mean() - D(G(z).detach()).mean() + lam * (D.weight.norm() - 1) ** 2
    d.backward()
    optimD.step()
    optimG.zero_grad()
    (-D(G(z)).mean()).backward()
    optimG.step()
