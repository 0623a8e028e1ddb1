"""`self.norm(x)` without assigning the result."""
# expect: GA101 unused-output: norm.weight norm.bias
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, d=8):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.ff = nn.Sequential(nn.Linear(d, 2 * d), nn.GELU(), nn.Linear(2 * d, d))

    def forward(self, x):
        self.norm(x)  # CUT
        return x + self.ff(x)


torch.manual_seed(4)
block = Block()
optimizer = torch.optim.Adam(block.parameters(), 1e-3)
for _ in range(4):
    x = torch.randn(5, 8)
    target = x.roll(1, -1)
    loss = nn.functional.mse_loss(block(x), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
