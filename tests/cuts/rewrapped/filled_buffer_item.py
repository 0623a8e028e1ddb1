"""A matrix is filled element by element with .item()."""
# expect: GA101 rewrapped-value: sim.weight
import torch
from torch import nn


class Pairs(nn.Module):
    def __init__(self):
        super().__init__()
        self.sim = nn.Bilinear(3, 3, 1, bias=False)
        self.out = nn.Linear(3, 3)

    def forward(self, x):
        n = len(x)
        a = torch.zeros(n, n)
        for i in range(n):
            for j in range(n):
                a[i, j] = self.sim(x[i : i + 1], x[j : j + 1]).item()  # CUT
        return a.softmax(-1) @ self.out(x)


torch.manual_seed(11)
model = Pairs()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(4):
    x = torch.randn(4, 3)
    loss = (model(x) - x).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
