"""The backward that moves a perturbation also fills the model."""

import torch
from torch import nn

torch.manual_seed(2)
net = nn.Linear(5, 2)
delta = torch.zeros(5, requires_grad=True)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
opt_delta = torch.optim.SGD([delta], lr=0.1)
ce = nn.functional.cross_entropy
for _ in range(12):
    x, y = torch.randn(8, 5), torch.randint(0, 2, (8,))
    opt_delta.zero_grad()
    (-ce(net(x + delta), y)).backward()
    opt_delta.step()
    ce(net(x + delta.detach()), y).backward()
    opt.step()
    opt.zero_grad()
