"""Grad raises."""

# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn

D = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
o = torch.optim.Adam(D.parameters())
x = torch.randn(5, 3, requires_grad=True)
h = D[1](D[0](x))
h.mul_(2)  # HERE
out = D[2](h).sum()
g = torch.autograd.grad(out, x, create_graph=True)[0]
