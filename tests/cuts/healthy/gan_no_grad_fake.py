"""The discriminator's fakes are made under no_grad, the generator's anew."""
import torch
from torch import nn

torch.manual_seed(18)
G, D = nn.Linear(3, 2), nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
og = torch.optim.RMSprop(G.parameters(), lr=1e-3)
od = torch.optim.RMSprop(D.parameters(), lr=1e-3)
for step in range(9):
    real = torch.randn(8, 2)
    with torch.no_grad():
        fake = G(torch.randn(8, 3))
    loss_d = torch.relu(1 - D(real)).mean() + torch.relu(1 + D(fake)).mean()
    od.zero_grad()
    loss_d.backward()
    od.step()
    if step % 3 == 2:
        loss_g = -D(G(torch.randn(8, 3))).mean()
        og.zero_grad()
        loss_g.backward()
        og.step()
