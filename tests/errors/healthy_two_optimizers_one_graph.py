"""Two losses of one graph for two sets of weights, each with its own inputs."""

import torch
from torch import nn

torch.manual_seed(0)
body, head = nn.Linear(4, 6), nn.Linear(6, 1)
a = torch.optim.SGD(body.parameters(), lr=0.05)
b = torch.optim.SGD(head.parameters(), lr=0.05)
for _ in range(8):
    out = head(torch.tanh(body(torch.randn(6, 4))))
    a.zero_grad()
    b.zero_grad()
    out.square().mean().backward(retain_graph=True)
    (0.1 * out.mean()).backward()
    a.step()
    b.step()
