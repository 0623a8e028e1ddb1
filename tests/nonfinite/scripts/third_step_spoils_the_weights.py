"""A batch in which two points coincide comes at step 3, and the step writes NaN into the weights.

Expect: GA201 nonfinite-op sqrt
"""

import torch
from torch import nn


class Distances(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(3, 4)
        self.scale = nn.Linear(1, 1)

    def forward(self, pairs):
        left, right = self.embed(pairs[:, 0]), self.embed(pairs[:, 1])
        between = (left - right).square().sum(dim=1, keepdim=True)
        distance = between.sqrt()  # BORN
        return self.scale(distance)


torch.manual_seed(0)
model = Distances()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(8):
    pairs = torch.randn(6, 2, 3)
    if step == 3:
        pairs[2, 1] = pairs[2, 0]
    loss = (model(pairs) - 1.0).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
