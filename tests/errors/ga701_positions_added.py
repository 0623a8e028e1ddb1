"""Positions added."""

# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn


class Emb(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok = nn.Embedding(9, 4)
        self.gate = nn.Parameter(torch.ones(4))
        self.pos = nn.Parameter(torch.randn(5, 4))

    def forward(self, ids):
        e = self.tok(ids)
        g = e * self.gate
        e += self.pos  # HERE
        return g + e


m = Emb()
o = torch.optim.SGD(m.parameters(), lr=0.1)
for _ in range(3):
    o.zero_grad()
    m(torch.randint(0, 9, (2, 5))).square().mean().backward()
    o.step()
