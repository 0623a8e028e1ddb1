"""From step 20 of 60 the loss weight falls so low that float16 loses the gradient."""

import torch
from torch import nn


def weight_at(k):
    return 1e3 if k < 20 else 1e-5


torch.manual_seed(3)
net = nn.Linear(12, 12).half()
opt = torch.optim.SGD(net.parameters(), lr=1e-2)
for k in range(60):
    x = (torch.randn(8, 12) * 1e-3).half()
    loss = (net(x).float() * torch.randn(8, 12) * weight_at(k)).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
