"""Dict of lists."""

# certain: no
# expect: GA705 kept-graph
import torch
from torch import nn

m = nn.Linear(4, 1)
o = torch.optim.SGD(m.parameters(), lr=0.1)
log = {"a": [], "b": []}


def step():
    loss = m(torch.randn(3, 4)).square().mean()
    o.zero_grad()
    loss.backward()
    o.step()
    return loss


for i in range(8):
    log["a"].append(step())  # HERE
    log["b"].append(i)
