"""Of two models the generator's clip stands before its backward, the discriminator's is right."""

import torch
from torch import nn

torch.manual_seed(5)
G, D = nn.Linear(2, 3), nn.Linear(3, 1)
og, od = torch.optim.Adam(G.parameters(), lr=1e-3), torch.optim.Adam(D.parameters(), lr=1e-3)
for _ in range(15):
    z, x = torch.randn(6, 2), torch.randn(6, 3)
    od.zero_grad()
    (D(G(z).detach()) - D(x)).tanh().mean().backward()
    nn.utils.clip_grad_norm_(D.parameters(), 1.0)
    od.step()
    og.zero_grad()
    loss = -D(G(z)).mean()
    nn.utils.clip_grad_norm_(G.parameters(), 1.0)
    loss.backward()
    og.step()
