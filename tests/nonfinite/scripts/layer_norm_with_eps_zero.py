"""nn.LayerNorm(eps=0) on rows that are constant.

Expect: GA202 nonfinite-op layer_norm
"""

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(3, 8)
        self.norm = nn.LayerNorm(8, eps=0.0)
        self.down = nn.Linear(8, 1)

    def forward(self, x):
        h = torch.relu(self.up(x) - 100)
        h = self.norm(h)  # BORN
        return self.down(h)


torch.manual_seed(0)
model = Block()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for _ in range(3):
    loss = model(torch.randn(4, 3)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
