"""A slimmable early-exit net: one random exit is trained per step, deeper layers have no gradient then."""
import random

import torch
from torch import nn

random.seed(78)
torch.manual_seed(78)


class Exits(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(8, 8), nn.ReLU()) for _ in range(3))
        self.exits = nn.ModuleList(nn.Linear(8, 2) for _ in range(3))

    def forward(self, *, x, upto):
        for block in self.blocks[: upto + 1]:
            x = x + block(x)
        return {"logits": self.exits[upto](x)}


net = Exits()
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for step in range(24):
    x = torch.randn(16, 8)
    out = net(x=x, upto=random.randrange(3))
    loss = nn.functional.cross_entropy(out["logits"], (x.sum(1) > 0).long())
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
