"""GAN done right: detach in the discriminator's step only."""
import torch
from torch import nn

torch.manual_seed(17)
G = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2))
D = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
og = torch.optim.Adam(G.parameters(), lr=1e-3)
od = torch.optim.Adam(D.parameters(), lr=1e-3)
bce = nn.functional.binary_cross_entropy_with_logits
for _ in range(6):
    real, fake = torch.randn(8, 2) + 2, G(torch.randn(8, 3))
    od.zero_grad()
    d = bce(D(real), torch.ones(8, 1)) + bce(D(fake.detach()), torch.zeros(8, 1))
    d.backward()
    od.step()
    og.zero_grad()
    g = bce(D(fake), torch.ones(8, 1))
    g.backward()
    og.step()
