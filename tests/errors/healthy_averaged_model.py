"""Averaged model."""

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

m = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1))
o = torch.optim.SGD(m.parameters(), lr=0.1)

sw = AveragedModel(m)
for _ in range(8):
    o.zero_grad()
    m(torch.randn(3, 4)).square().mean().backward()
    nn.utils.clip_grad_norm_(m.parameters(), 1.0)
    o.step()
    sw.update_parameters(m)
