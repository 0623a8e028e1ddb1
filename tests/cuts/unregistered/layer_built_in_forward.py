"""A projection is built anew in every forward."""
# expect: GA105 unregistered-leaf:
import torch
from torch import nn


class Adaptive(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 6)

    def forward(self, x):
        h = torch.relu(self.body(x))
        proj = nn.Linear(h.shape[-1], 2)
        return proj(h)


torch.manual_seed(1)
model = Adaptive()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(6):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
