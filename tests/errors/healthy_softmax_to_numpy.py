"""Softmax to numpy."""

import torch
from torch import nn

m = nn.Linear(4, 2)
o = torch.optim.SGD(m.parameters(), lr=0.1)
for _ in range(8):
    x = torch.randn(6, 4)
    out = m(x).softmax(1)
    p = out.detach().numpy()
    lab = p.argmax(1)
    p2 = p.copy()
    p2 *= 2
    t = torch.from_numpy(lab)
    o.zero_grad()
    nn.functional.nll_loss(out.log(), t).backward()
    o.step()
    w = m.weight.data.numpy()
    w *= 0.99
