"""A group of its own is given to a tower that is frozen."""

import torch
from torch import nn

torch.manual_seed(0)
tower, head = nn.Linear(4, 4), nn.Linear(4, 2)
tower.requires_grad_(False)
opt = torch.optim.Adam(
    [{"params": tower.parameters(), "lr": 1e-5}, {"params": head.parameters()}], lr=1e-3
)
for _ in range(25):
    opt.zero_grad()
    nn.functional.cross_entropy(
        head(tower(torch.randn(6, 4)).relu()), torch.randint(0, 2, (6,))
    ).backward()
    opt.step()
