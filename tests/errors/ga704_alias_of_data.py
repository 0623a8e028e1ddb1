"""An alias of .data is handed to a helper that zeroes a part of it."""

# expect: GA704 data-attribute
import torch
from torch import nn


def blank(values, rows):
    view = values[:rows]
    view.zero_()  # HERE


torch.manual_seed(0)
a, b = nn.Linear(4, 6), nn.Linear(6, 1)
opt = torch.optim.SGD([*a.parameters(), *b.parameters()], lr=0.1)
for _ in range(4):
    h = torch.softmax(a(torch.randn(8, 4)), dim=-1)  # SAVED
    raw = h.data
    blank(raw, 2)
    opt.zero_grad()
    b(h).square().mean().backward()
    opt.step()
