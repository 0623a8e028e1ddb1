"""A checkpoint is loaded with assign=True after the optimizer was made."""

import copy

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 2))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
checkpoint = {k: v.clone() for k, v in copy.deepcopy(net).state_dict().items()}
net.load_state_dict(checkpoint, assign=True)
for _ in range(20):
    opt.zero_grad()
    nn.functional.cross_entropy(net(torch.randn(8, 4)), torch.randint(0, 2, (8,))).backward()
    opt.step()
