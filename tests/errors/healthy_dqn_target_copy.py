"""A target network is copied through .data every few steps."""

import copy

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2))
target = copy.deepcopy(net)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for step in range(12):
    s, s2, a = torch.randn(6, 3), torch.randn(6, 3), torch.randint(0, 2, (6, 1))
    with torch.no_grad():
        goal = 1 + 0.9 * target(s2).max(1, keepdim=True).values
    loss = (net(s).gather(1, a) - goal).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 4 == 3:
        for old, new in zip(target.parameters(), net.parameters()):
            old.data.copy_(new.data)
