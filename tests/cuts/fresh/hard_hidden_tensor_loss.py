# expect: GA104 rewrapped-value:
import torch
from torch import nn

net = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(3):
    parts = [(net(torch.randn(4, 3)) - k).square().mean() for k in range(2)]
    loss = torch.tensor(parts, requires_grad=True).sum()  # CUT
    opt.zero_grad()
    loss.backward()
    opt.step()
