"""A trainer passes the state of a GRU cell from one batch to the next, as its own attribute."""

# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn


class Trainer:
    def __init__(self, cell, head):
        self.cell, self.head = cell, head
        self.h = torch.zeros(4, 6)
        self.opt = torch.optim.SGD([*cell.parameters(), *head.parameters()], lr=0.1)

    def step(self, x):
        for t in range(x.shape[0]):
            self.h = self.cell(x[t], self.h)  # HERE
        loss = self.head(self.h).square().mean()
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        return loss.item()

    def run(self, steps):
        return [self.step(torch.randn(3, 4, 2)) for _ in range(steps)]


torch.manual_seed(0)
print(Trainer(nn.GRUCell(2, 6), nn.Linear(6, 1)).run(3))
