"""EMA weights are swapped in for the evaluation and out again."""

import copy

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
average = copy.deepcopy(model.state_dict())
for _ in range(8):
    loss = model(torch.randn(6, 4)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    for name, p in model.state_dict().items():
        average[name].lerp_(p, 0.1)
    kept = copy.deepcopy(model.state_dict())
    model.load_state_dict(average)
    with torch.no_grad():
        model(torch.randn(6, 4))
    model.load_state_dict(kept)
