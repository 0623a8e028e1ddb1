"""The output of the step before is kept on purpose."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
previous = None
for _ in range(20):
    out = model(torch.ones(6, 4))
    loss = out.square().mean()
    if previous is not None:
        loss = loss + (out - previous.detach()).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    previous = out
