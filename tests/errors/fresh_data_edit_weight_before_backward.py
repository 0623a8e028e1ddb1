# expect: GA704 data-attribute
import torch
from torch import nn

net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    loss = net(torch.randn(5, 3)).square().mean()
    for p in net.parameters():
        p.data.clamp_(-0.2, 0.2)  # HERE
    opt.zero_grad()
    loss.backward()
    opt.step()
