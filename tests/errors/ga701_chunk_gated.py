"""Chunk gated."""

# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 4)
        self.b = nn.Linear(4, 4)

    def forward(self, x):
        h = self.a(x).tanh()
        h.chunk(2, dim=1)
        left, right = h[:, :2], h[:, 2:]
        left *= right.sigmoid()  # HERE
        return self.b(h)


n = Net()
o = torch.optim.SGD(n.parameters(), lr=0.1)
sc = torch.amp.GradScaler("cpu", enabled=False)
for _ in range(2):
    o.zero_grad()
    sc.scale(n(torch.randn(2, 3)).sum()).backward()
    sc.step(o)
    sc.update()
