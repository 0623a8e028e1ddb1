"""In a GAN only the generator's loss takes a detour through numpy."""

import torch
from torch import nn

torch.manual_seed(3)
G, D = nn.Linear(3, 4), nn.Linear(4, 1)
opt_g = torch.optim.Adam(G.parameters(), 1e-3)
opt_d = torch.optim.Adam(D.parameters(), 1e-3)
bce = nn.functional.binary_cross_entropy_with_logits
for _ in range(12):
    z, real = torch.randn(6, 3), torch.randn(6, 4) + 2
    opt_d.zero_grad()
    d_loss = bce(D(real), torch.ones(6, 1)) + bce(D(G(z).detach()), torch.zeros(6, 1))
    d_loss.backward()
    opt_d.step()
    opt_g.zero_grad()
    score = D(G(z)).detach().numpy()
    g_loss = torch.tensor(-score.mean(), requires_grad=True)
    g_loss.backward()
    opt_g.step()
