"""The error is caught, and training goes on without these batches."""

# expect: GA701 inplace-edit
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 4)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
skipped = 0
for _i in range(6):
    y = net(torch.randn(3, 4)).sigmoid()  # SAVED
    y.clamp_(0.1, 0.9)  # HERE
    try:
        y.sum().backward()
    except RuntimeError:
        skipped += 1
        opt.zero_grad()
        net(torch.randn(3, 4)).sum().backward()
    opt.step()
    opt.zero_grad()
