"""Updates of a bfloat16 model are below half a unit in the last place."""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 2).to(torch.bfloat16)
with torch.no_grad():
    for p in net.parameters():
        p.fill_(1.0)
opt = torch.optim.SGD(net.parameters(), lr=1e-5)
for _ in range(25):
    opt.zero_grad()
    net(torch.randn(8, 4).bfloat16()).float().pow(2).mean().backward()
    opt.step()
