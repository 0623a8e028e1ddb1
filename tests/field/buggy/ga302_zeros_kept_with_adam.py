"""The gradient is set to zeros, not to None, before Adam steps; three steps."""

import torch
from torch import nn

torch.manual_seed(4)
emb = nn.Embedding(10, 3)
opt = torch.optim.Adam(emb.parameters(), lr=0.1)
for _ in range(3):
    emb(torch.randint(0, 10, (7,))).pow(2).sum().backward()
    opt.zero_grad(set_to_none=False)
    opt.step()
