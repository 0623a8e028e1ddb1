"""First model steps."""

# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn

a, b = (
    nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)),
    nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 2)),
)
oa, ob = torch.optim.SGD(a.parameters(), lr=0.1), torch.optim.SGD(b.parameters(), lr=0.1)
for _ in range(3):
    za = a(torch.randn(5, 3))
    zb = b(za)
    la = za.square().mean()
    lb = zb.square().mean()
    oa.zero_grad()
    la.backward(retain_graph=True)
    oa.step()  # HERE
    ob.zero_grad()
    lb.backward()
    ob.step()
