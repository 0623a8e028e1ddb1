"""WGAN: weights are clamped through .data between the steps."""

import torch
from torch import nn

torch.manual_seed(0)
G, D = nn.Linear(2, 3), nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, 1))
og, od = torch.optim.RMSprop(G.parameters(), lr=1e-3), torch.optim.RMSprop(D.parameters(), lr=1e-3)
for _step in range(12):
    fake = G(torch.randn(6, 2))
    od.zero_grad()
    (D(fake.detach()).mean() - D(torch.randn(6, 3)).mean()).backward()
    od.step()
    for p in D.parameters():
        p.data.clamp_(-0.1, 0.1)
    og.zero_grad()
    (-D(fake).mean()).backward()
    og.step()
