"""Module state."""

# expect: GA705 kept-graph
import torch
from torch import nn


class N(nn.Module):
    def __init__(self):
        super().__init__()
        self.i = nn.Linear(2, 3)
        self.hidden = torch.zeros(1, 3)

    def forward(self, x):
        self.hidden = torch.tanh(self.i(x) + self.hidden)  # HERE
        return self.hidden


def main():
    n = N()
    o = torch.optim.SGD(n.parameters(), lr=0.1)
    for _ in range(7):
        o.zero_grad()
        n(torch.randn(1, 2)).sum().backward(retain_graph=True)
        o.step()


main()
