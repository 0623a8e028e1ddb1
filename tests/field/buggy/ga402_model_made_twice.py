"""A notebook cell makes the model again after the optimizer."""

import torch
from torch import nn

torch.manual_seed(2)
model = nn.Linear(6, 2)
opt = torch.optim.AdamW(model.parameters(), lr=1e-2)
model = nn.Linear(6, 2)
for _ in range(25):
    opt.zero_grad()
    nn.functional.cross_entropy(model(torch.randn(5, 6)), torch.randint(0, 2, (5,))).backward()
    opt.step()
