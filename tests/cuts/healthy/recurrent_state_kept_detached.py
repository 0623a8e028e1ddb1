"""A stateful module keeps its own last state, detached, as a plain attribute between steps."""
import torch
from torch import nn


class Stateful(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.out = nn.GRUCell(2, 4), nn.Linear(4, 1)
        self.h = torch.zeros(3, 4)

    def forward(self, x):
        for t in range(x.shape[0]):
            self.h = self.cell(x[t], self.h)
        y = self.out(self.h)
        self.h = self.h.detach()
        return y


torch.manual_seed(5)
net = Stateful()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(6):
    x = torch.randn(4, 3, 2)
    loss = (net(x) - x.sum((0, 2))[:, None]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
