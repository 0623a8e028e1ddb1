"""An off-by-one in the loop over blocks: the last one is never called."""
# expect: GA101 unused-module: blocks.2.0.weight blocks.2.0.bias
import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, width=6, depth=3):
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Linear(width, width), nn.GELU()) for _ in range(depth)
        )
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        for i in range(len(self.blocks) - 1):
            x = x + self.blocks[i](x)
        return self.out(x)


def train(steps=6):
    torch.manual_seed(1)
    model = Residual()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(steps):
        x = torch.randn(12, 6)
        loss = (model(x) - x.mean(1, keepdim=True)).pow(2).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()


train()
