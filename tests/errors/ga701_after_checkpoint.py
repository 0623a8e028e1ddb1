"""After checkpoint."""

# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

f = nn.Sequential(nn.Linear(3, 3), nn.Sigmoid())
o = torch.optim.SGD(f.parameters(), lr=0.1)
for _ in range(2):
    y = checkpoint(f, torch.randn(2, 3), use_reentrant=False).exp()
    y += 1  # HERE
    o.zero_grad()
    y.sum().backward()
    o.step()
