"""Dict total."""

# expect: GA705 kept-graph
import torch
from torch import nn

m = nn.Linear(3, 1)
o = torch.optim.SGD(m.parameters(), lr=0.1)
stats = {"loss": 0.0, "n": 0}
for _ in range(12):
    loss = m(torch.randn(4, 3)).square().mean()
    o.zero_grad()
    loss.backward()
    o.step()
    stats["loss"] += loss * 4  # HERE
    stats["n"] += 4
