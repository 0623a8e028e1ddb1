# expect: GA101 unused-module: decoder2.weight decoder2.bias
import torch
from torch import nn


class TwoHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(3, 5)
        self.decoder1 = nn.Linear(5, 2)
        self.decoder2 = nn.Linear(5, 2)  # CUT

    def forward(self, x):
        h = self.trunk(x).relu()
        return self.decoder1(h), self.decoder1(h)


t = TwoHead()
opt = torch.optim.SGD(t.parameters(), 0.1)
for _ in range(22):
    p, q = t(torch.randn(4, 3))
    loss = (p - 1).square().mean() + (q + 1).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
