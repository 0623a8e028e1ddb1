"""Wgan."""

import torch
from torch import nn

gen = nn.Linear(3, 4)
dis = nn.Linear(4, 1)
og = torch.optim.Adam(gen.parameters())
od = torch.optim.Adam(dis.parameters())
for _i in range(8):
    for _ in range(2):
        with torch.no_grad():
            fake = gen(torch.randn(5, 3))
        od.zero_grad()
        (dis(fake).mean() - dis(torch.randn(5, 4)).mean()).backward()
        od.step()
        for p in dis.parameters():
            p.data.clamp_(-0.1, 0.1)
    og.zero_grad()
    (-dis(gen(torch.randn(5, 3))).mean()).backward()
    og.step()
