"""The usual loop over all parameters: one answer for each that has none, and how often."""

import torch
from torch import nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(2, 2)
        self.idle = nn.Linear(2, 2, bias=False)  # AT idle

    def forward(self, x):
        return self.body(x)


def norm(net):
    total = 0.0
    for parameter in net.parameters():
        if parameter.grad is not None:  # WHY net.idle.weight not-reached unused-module idle
            total += parameter.grad.norm().item()
    return total


model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(4):
    model(torch.randn(3, 2)).square().mean().backward()
    print(norm(model))
    optimizer.step()
    optimizer.zero_grad()
