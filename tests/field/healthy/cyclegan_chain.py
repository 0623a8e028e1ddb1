"""CycleGAN: both generators in one optimizer by itertools.chain, two discriminators, fakes from a replay pool."""
import itertools
import random

import torch
from torch import nn

torch.manual_seed(42)
random.seed(42)
net = lambda o: nn.Sequential(nn.Linear(3, 16), nn.LeakyReLU(0.2), nn.Linear(16, o))
AB, BA, DA, DB = net(3), net(3), net(1), net(1)
opt_g = torch.optim.Adam(itertools.chain(AB.parameters(), BA.parameters()), lr=2e-3, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(itertools.chain(DA.parameters(), DB.parameters()), lr=2e-3, betas=(0.5, 0.999))
mse, l1 = nn.MSELoss(), nn.L1Loss()
pool = {"a": [], "b": []}


def pooled(key, x):
    pool[key].append(x.detach())
    return random.choice(pool[key][-5:])


def toggle(on):
    for p in itertools.chain(DA.parameters(), DB.parameters()):
        p.requires_grad_(on)


for step in range(15):
    a, b = torch.randn(8, 3), torch.randn(8, 3) + 1
    fake_b, fake_a = AB(a), BA(b)
    toggle(False)
    opt_g.zero_grad()
    loss_g = mse(DB(fake_b), torch.ones(8, 1)) + mse(DA(fake_a), torch.ones(8, 1))
    loss_g = loss_g + 10 * (l1(BA(fake_b), a) + l1(AB(fake_a), b)) + 5 * (l1(AB(b), b) + l1(BA(a), a))
    loss_g.backward()
    opt_g.step()
    toggle(True)
    opt_d.zero_grad()
    for D, real, fake in ((DA, a, pooled("a", fake_a)), (DB, b, pooled("b", fake_b))):
        loss = 0.5 * (mse(D(real), torch.ones(8, 1)) + mse(D(fake), torch.zeros(8, 1)))
        loss.backward()
    opt_d.step()
print(loss_g.item(), loss.item())
