"""Late branch."""

# certain: no
# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn

m = nn.Linear(4, 5)
o = torch.optim.Adam(m.parameters())
for i in range(8):
    h = m(torch.randn(3, 4)).tanh()
    if i == 5:
        h[0] = 0  # HERE
    o.zero_grad()
    h.square().mean().backward()
    o.step()
