"""Straight-through: x + (q - x).detach()."""
import torch
from torch import nn

torch.manual_seed(0)
enc, dec = nn.Linear(4, 3), nn.Linear(3, 4)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=1e-2)
for _ in range(6):
    x = torch.randn(8, 4)
    z = torch.tanh(enc(x))
    q = torch.round(z * 4) / 4
    z = z + (q - z).detach()
    loss = (dec(z) - x).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
