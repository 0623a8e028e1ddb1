"""The only optimizer holds the policy, and the only loss is that of the value net."""

import torch
from torch import nn

torch.manual_seed(10)
policy = nn.Linear(4, 2)
value = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.Adam(policy.parameters(), lr=1e-2)
for _ in range(25):
    s = torch.randn(16, 4)
    with torch.no_grad():
        a = policy(s).argmax(1)
    loss = (value(s).squeeze(1) - a.float()).pow(2).mean()
    opt.zero_grad()
    value.zero_grad()
    loss.backward()
    opt.step()
