# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn


class Proto:
    def __init__(self, enc, support):
        self.enc = enc
        self.protos = enc(support).sigmoid()  # HERE

    def loss(self, x):
        return torch.cdist(self.enc(x), self.protos).mean()


enc = nn.Linear(3, 2)
opt = torch.optim.SGD(enc.parameters(), lr=0.1)
p = Proto(enc, torch.randn(4, 3))
for _ in range(2):
    opt.zero_grad()
    p.loss(torch.randn(5, 3)).backward()
    opt.step()
