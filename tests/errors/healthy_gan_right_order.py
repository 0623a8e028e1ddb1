"""A GAN in the right order."""

import torch
from torch import nn

torch.manual_seed(0)
G, D = nn.Linear(2, 3), nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, 1))
og, od = torch.optim.Adam(G.parameters()), torch.optim.Adam(D.parameters())
bce = nn.functional.binary_cross_entropy_with_logits
for _ in range(10):
    fake = G(torch.randn(6, 2))
    od.zero_grad()
    loss_d = bce(D(torch.randn(6, 3)), torch.ones(6, 1)) + bce(D(fake.detach()), torch.zeros(6, 1))
    loss_d.backward()
    od.step()
    og.zero_grad()
    loss_g = bce(D(fake), torch.ones(6, 1))
    loss_g.backward()
    og.step()
