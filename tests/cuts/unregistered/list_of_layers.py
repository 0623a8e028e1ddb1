"""Experts in a Python list."""
# expect: GA105 unregistered-leaf:
import torch
from torch import nn


class Experts(nn.Module):
    def __init__(self):
        super().__init__()
        self.experts = [nn.Linear(4, 4) for _ in range(3)]
        self.gate = nn.Linear(4, 3)

    def forward(self, x):
        w = self.gate(x).softmax(-1)
        outs = torch.stack([e(x) for e in self.experts], -1)
        return (outs * w.unsqueeze(1)).sum(-1)


torch.manual_seed(0)
model = Experts()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(8, 4)
    loss = (model(x) - x.flip(1)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
