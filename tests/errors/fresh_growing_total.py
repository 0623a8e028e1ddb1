# expect: GA705 kept-graph
import torch
from torch import nn

net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.01)
running = 0.0
for i in range(25):
    loss = (net(torch.randn(4, 3)) - 1).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    running += loss  # HERE
print(float(running) / 25)
