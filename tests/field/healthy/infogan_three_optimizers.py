"""InfoGAN: a third optimizer holds generator and discriminator together for the information loss."""
import itertools

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(40)


class Disc(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 24), nn.LeakyReLU(0.2))
        self.adv, self.code = nn.Linear(24, 1), nn.Linear(24, 3)

    def forward(self, x):
        h = self.body(x)
        return self.adv(h), self.code(h)


G = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 2))
D = Disc()
og = torch.optim.Adam(G.parameters(), 1e-3, betas=(0.5, 0.999))
od = torch.optim.Adam(D.parameters(), 1e-3, betas=(0.5, 0.999))
oi = torch.optim.Adam(itertools.chain(G.parameters(), D.parameters()), 1e-3)
ones, zeros = torch.ones(24, 1), torch.zeros(24, 1)
for it in range(25):
    real = torch.randn(24, 2) + 2
    code = torch.randint(0, 3, (24,))
    z = torch.cat([torch.randn(24, 2), F.one_hot(code, 3).float()], 1)
    og.zero_grad()
    fake = G(z)
    g_loss = F.binary_cross_entropy_with_logits(D(fake)[0], ones)
    g_loss.backward()
    og.step()
    od.zero_grad()
    d_loss = F.binary_cross_entropy_with_logits(D(real)[0], ones) + F.binary_cross_entropy_with_logits(D(fake.detach())[0], zeros)
    d_loss.backward()
    od.step()
    oi.zero_grad()
    info = F.cross_entropy(D(G(z))[1], code)
    info.backward()
    oi.step()
print(g_loss.item(), d_loss.item(), info.item())
