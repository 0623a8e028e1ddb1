"""The layers are registered from the output to the input."""

import torch
from torch import nn


class Rev(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(8, 2)
        for i in reversed(range(12)):
            setattr(self, f"h{i}", nn.Linear(8, 8))

    def forward(self, x):
        for i in range(12):
            x = getattr(self, f"h{i}")(x).sigmoid()
        return self.out(x)


torch.manual_seed(2)
rev = Rev()
opt = torch.optim.SGD(rev.parameters(), lr=0.1)
for _ in range(25):
    opt.zero_grad()
    nn.functional.cross_entropy(rev(torch.randn(8, 8)), torch.randint(0, 2, (8,))).backward()
    opt.step()
