"""Previous output."""

# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn

m = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
o = torch.optim.SGD(m.parameters(), lr=0.1)
prev = None
for x in torch.randn(4, 5, 3):
    out = m(x)
    loss = out.square().mean()
    if prev is not None:
        loss = loss + (out - prev).abs().mean()
    o.zero_grad()
    loss.backward()
    o.step()
    prev = out  # HERE
