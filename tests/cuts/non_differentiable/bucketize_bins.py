"""Distances are binned with bucketize, then embedded."""
# expect: GA101 non-differentiable-op: coords.weight coords.bias
import torch
from torch import nn


class Recycle(nn.Module):
    def __init__(self):
        super().__init__()
        self.coords = nn.Linear(5, 3)
        self.bins = nn.Embedding(8, 4)
        self.out = nn.Linear(4, 1)
        self.register_buffer("edges", torch.linspace(0.1, 3, 7))

    def forward(self, x):
        c = self.coords(x)
        d = torch.cdist(c, c)
        b = torch.bucketize(d, self.edges)  # CUT
        return self.out(self.bins(b)).mean((1, 2))


torch.manual_seed(6)
model = Recycle()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(5):
    x = torch.randn(4, 6, 5)
    loss = (model(x) - x.mean((1, 2))).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
