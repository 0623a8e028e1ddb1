"""View zeroed."""

# expect: GA702 inplace-edit
# exit: 1
import torch
from torch import nn

table = nn.Parameter(torch.randn(4, 4))
o = torch.optim.SGD([table], lr=0.1)
for _ in range(2):
    table.view(-1)[:3].zero_()  # HERE
    loss = table.square().sum()
    o.zero_grad()
    loss.backward()
    o.step()
