"""Two heads in a ModuleDict, and the loss is only ever computed from one."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.GRU(6, 10, batch_first=True)
        self.heads = nn.ModuleDict({"main": nn.Linear(10, 3), "aux": nn.Linear(10, 2)})

    def forward(self, x, task="main"):
        out, _ = self.body(x)
        return self.heads[task](out[:, -1])


def fit(net, epochs):
    opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
    for _ in range(epochs):
        opt.zero_grad()
        F.cross_entropy(net(torch.randn(8, 5, 6)), torch.randint(0, 3, (8,))).backward()
        opt.step()


torch.manual_seed(1)
fit(Tagger(), 25)
