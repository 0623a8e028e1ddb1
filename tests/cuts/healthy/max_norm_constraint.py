"""Weights renormalised after each step through .data and no_grad."""
import torch
from torch import nn

torch.manual_seed(45)
net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.5)
for _ in range(6):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    for m in net:
        if isinstance(m, nn.Linear):
            m.weight.data = torch.renorm(m.weight.data, 2, 0, 1.0)
            with torch.no_grad():
                m.bias.clamp_(-1, 1)
