"""A module collects its activations for a plot."""

# expect: GA705 kept-graph
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 6), nn.Linear(6, 1)
        self.activations = []

    def forward(self, x):
        h = torch.relu(self.a(x))
        self.activations.append(h)  # HERE
        return self.b(h)


def main():
    torch.manual_seed(0)
    net = Net()
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(12):
        opt.zero_grad()
        net(torch.randn(5, 4)).square().mean().backward()
        opt.step()


main()
