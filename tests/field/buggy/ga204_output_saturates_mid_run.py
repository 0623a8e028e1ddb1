"""At step 40 of 150 the output is pushed deep into saturation, and the loss stays."""

import torch
from torch import nn

torch.manual_seed(4)
net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1), nn.Sigmoid())
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for k in range(150):
    x = torch.randn(16, 5)
    loss = (net(x) - 0.3).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if k == 40:
        with torch.no_grad():
            net[2].bias.sub_(40)
