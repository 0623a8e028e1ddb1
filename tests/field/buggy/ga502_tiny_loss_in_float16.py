"""A float16 model whose inputs and loss are both tiny."""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(16, 16), nn.Linear(16, 8)).half()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    opt.zero_grad()
    x = (torch.randn(8, 16) * 1e-3).half()
    loss = ((net(x) - 1).float() * torch.randn(8, 8)).sum() * 2e-5
    loss.backward()
    opt.step()
