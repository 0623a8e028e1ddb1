"""A dataclass in the model holds one of its layers."""

from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Parts:
    name: str
    proj: nn.Linear


class Host(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = Parts("p", nn.Linear(3, 3))
        self.last = nn.Linear(3, 1)

    def forward(self, x):
        return self.last(self.parts.proj(x).tanh())


torch.manual_seed(6)
host = Host()
sgd = torch.optim.SGD(host.parameters(), lr=0.1, nesterov=True, momentum=0.5)
for _ in range(10):
    sgd.zero_grad()
    host(torch.randn(4, 3)).pow(2).mean().backward()
    sgd.step()
