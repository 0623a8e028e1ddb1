# expect: GA101 rewrapped-value: log_sigma
import math

import torch
from torch import nn


class Hetero(nn.Module):
    def __init__(self):
        super().__init__()
        self.mu = nn.Linear(2, 1)
        self.log_sigma = nn.Parameter(torch.zeros(()))

    def nll(self, x, y):
        sigma = math.exp(self.log_sigma)  # CUT
        return ((self.mu(x) - y) / sigma).square().mean() / 2 + math.log(sigma)


n = Hetero()
opt = torch.optim.SGD(n.parameters(), 0.05)
for _ in range(4):
    x = torch.randn(8, 2)
    loss = n.nll(x, x.sum(1, keepdim=True))
    opt.zero_grad()
    loss.backward()
    opt.step()
