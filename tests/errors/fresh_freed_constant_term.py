# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn

net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
reg = 0.01 * net.weight.square().sum()  # HERE
for _ in range(3):
    loss = net(torch.randn(4, 3)).abs().mean() + reg
    opt.zero_grad()
    loss.backward()
    opt.step()
