"""Two groups are made by layer type, and LayerNorm is neither; the run has three steps."""

import torch
from torch import nn

torch.manual_seed(4)
net = nn.ModuleDict(
    {
        "blocks": nn.ModuleList(nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4)) for _ in range(2)),
        "out": nn.Linear(4, 1),
    }
)
lin = [m for m in net.modules() if isinstance(m, nn.Linear)]
opt = torch.optim.RMSprop(
    [{"params": [m.weight for m in lin]}, {"params": [m.bias for m in lin], "lr": 1e-2}], lr=1e-3
)
for _ in range(3):
    h = torch.randn(8, 4)
    for b in net["blocks"]:
        h = b(h).relu()
    opt.zero_grad()
    net["out"](h).sub(1).pow(2).mean().backward()
    opt.step()
