"""Metric object."""

# expect: GA705 kept-graph
import torch
from torch import nn


class Metric:
    def __init__(self):
        self.preds = []

    def update(self, p):
        self.preds.append(p)  # HERE

    def compute(self):
        return torch.cat(self.preds).mean()


def main():
    m = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    o = torch.optim.SGD(m.parameters(), lr=0.01)
    metric = Metric()
    for _ in range(18):
        out = m(torch.randn(4, 3))
        loss = out.square().mean()
        o.zero_grad()
        loss.backward()
        o.step()
        metric.update(out)
    print(metric.compute().item())


main()
