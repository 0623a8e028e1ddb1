# expect: GA702 inplace-edit
# exit: 1
import torch
from torch import nn

net = nn.Linear(2, 2)
opt = torch.optim.SGD(net.parameters(), 0.1)
for i in range(2):
    loss = net(torch.randn(3, 2)).sum()
    loss.backward()
    opt.step()
    opt.zero_grad()
    for p in net.parameters():
        p.clamp_(-1, 1)  # HERE
