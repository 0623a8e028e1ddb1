"""Clamp into itself."""

# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn

lin = nn.Linear(4, 5)
opt = torch.optim.SGD(lin.parameters(), lr=0.1)
for _ in range(2):
    y = lin(torch.randn(3, 4)).tanh()
    with torch.no_grad():
        torch.clamp(y, -0.5, 0.5, out=y)  # HERE
    opt.zero_grad()
    y.square().sum().backward()
    opt.step()
