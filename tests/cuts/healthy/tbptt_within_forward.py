"""Detach every k steps inside the loop over time: recurrent weights still learn within the windows."""
import torch
from torch import nn

torch.manual_seed(31)
cell, out = nn.GRUCell(2, 4), nn.Linear(4, 1)
opt = torch.optim.Adam([*cell.parameters(), *out.parameters()], lr=1e-2)
for _ in range(5):
    x = torch.randn(12, 3, 2)
    h = torch.zeros(3, 4)
    loss = 0.0
    for t in range(12):
        h = cell(x[t], h)
        loss = loss + (out(h) - x[t].sum(1, keepdim=True)).square().mean()
        if (t + 1) % 4 == 0:
            h = h.detach()
    opt.zero_grad()
    (loss / 12).backward()
    opt.step()
