"""Weights are clamped after each step, without no_grad."""

# expect: GA702 inplace-edit
# exit: 1
# tensor: p
import torch
from torch import nn

torch.manual_seed(0)
critic = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.RMSprop(critic.parameters(), lr=1e-3)
for _ in range(3):
    opt.zero_grad()
    critic(torch.randn(8, 2)).mean().backward()
    opt.step()
    for p in critic.parameters():
        p.clamp_(-0.01, 0.01)  # HERE
