"""Scatter in helper."""

# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn

m = nn.Linear(4, 5)
o = torch.optim.Adam(m.parameters())


def sharpen(p, idx):
    p.scatter_(1, idx, 1.0)  # HERE
    return p / p.sum(1, keepdim=True)


for _ in range(2):
    p = m(torch.randn(3, 4)).softmax(1)
    idx = p.argmax(1, keepdim=True)
    loss = -sharpen(p, idx).clamp_min(1e-3).log().mean()
    o.zero_grad()
    loss.backward()
    o.step()
