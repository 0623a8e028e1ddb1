"""After 60 steps a group is added for the body, which nobody unfreezes."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.head = nn.Linear(4, 1)
        self.body.requires_grad_(False)

    def forward(self, x):
        return self.head(self.body(x).relu())


torch.manual_seed(4)
net = Net()
opt = torch.optim.SGD(net.head.parameters(), lr=0.01)
for k in range(150):
    if k == 60:
        opt.add_param_group({"params": net.body.parameters(), "lr": 0.001})
    opt.zero_grad()
    net(torch.randn(8, 4)).sub(1).pow(2).mean().backward()
    opt.step()
