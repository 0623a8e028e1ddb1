"""Of two optimizers in a list only the first is cleared."""

import torch
from torch import nn

torch.manual_seed(5)
nets = [nn.Linear(4, 4), nn.Linear(4, 1)]
opts = [torch.optim.SGD(n.parameters(), lr=0.01) for n in nets]
for _ in range(7):
    x = torch.randn(5, 4)
    loss = nets[1](nets[0](x).tanh()).pow(2).mean()
    opts[0].zero_grad()
    loss.backward()
    for o in opts:
        o.step()
