"""Weights are clamped through .data between the forward and the backward."""

# expect: GA704 data-attribute
# tensor: p
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(4):
    loss = model(torch.randn(8, 4)).square().mean()
    for p in model.parameters():
        p.data.clamp_(-0.1, 0.1)  # HERE
    opt.zero_grad()
    loss.backward()
    opt.step()
