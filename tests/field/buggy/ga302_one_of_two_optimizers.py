"""The wrong optimizer is cleared just before both step."""

import torch
from torch import nn

torch.manual_seed(3)
models = {"body": nn.Linear(5, 4), "head": nn.Linear(4, 1)}
opts = {k: torch.optim.SGD(m.parameters(), lr=0.1) for k, m in models.items()}
for _ in range(8):
    x = torch.randn(6, 5)
    loss = models["head"](models["body"](x).relu()).pow(2).mean()
    loss.backward()
    opts["head"].zero_grad()
    opts["head"].step()
    opts["body"].step()
    opts["body"].zero_grad()
