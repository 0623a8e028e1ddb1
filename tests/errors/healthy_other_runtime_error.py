"""A RuntimeError of the user's own, caught and unrelated."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for step in range(6):
    try:
        if step == 2:
            raise RuntimeError("no batch today")
        model(torch.randn(6, 3 if step == 4 else 4)).square().mean().backward()
    except RuntimeError as error:
        print(error)
        continue
    opt.step()
    opt.zero_grad()
