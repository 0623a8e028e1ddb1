"""The block is in a helper of another file, called from forward of a two-tower model."""
# expect: GA101 no-grad-region @lib_encode.py: item.weight item.bias
import torch
from lib_encode import embed
from torch import nn


class TwoTower(nn.Module):
    def __init__(self):
        super().__init__()
        self.user = nn.Linear(4, 3)
        self.item = nn.Linear(5, 3)

    def forward(self, u, i):
        return self.user(u) @ embed(self.item, i).T


torch.manual_seed(8)
model = TwoTower()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    scores = model(torch.randn(6, 4), torch.randn(6, 5))
    loss = nn.functional.cross_entropy(scores, torch.arange(6))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
