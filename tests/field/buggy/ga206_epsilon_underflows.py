"""In float16 the epsilon of RMSprop is zero, so a finite step makes NaN out of zeros."""

import torch
from torch import nn


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(9, 9, bias=False)

    def forward(self, x):
        return self.lin(x)


torch.manual_seed(4)
small = Small().half()
optimizer = torch.optim.RMSprop(small.parameters(), lr=1e-4)
for _ in range(4):
    x = torch.randn(4, 9).half()
    optimizer.zero_grad()
    (small(x) * 1e-7).float().sum().backward()
    optimizer.step()
