"""A hard choice by argmax picks an embedding: the chooser learns nothing."""
# expect: GA101 non-differentiable-op: choose.weight choose.bias
import torch
from torch import nn


class Chooser(nn.Module):
    def __init__(self):
        super().__init__()
        self.choose = nn.Linear(4, 5)
        self.book = nn.Embedding(5, 3)
        self.out = nn.Linear(3, 4)

    def forward(self, x):
        k = self.choose(x).argmax(dim=-1)  # CUT
        return self.out(self.book(k))


torch.manual_seed(0)
m = Chooser()
opt = torch.optim.SGD(m.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(16, 4)
    loss = (m(x) - x).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
