"""Non-reentrant checkpoint on plain inputs."""
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

torch.manual_seed(27)
blocks = nn.ModuleList(nn.Sequential(nn.Linear(4, 4), nn.Tanh()) for _ in range(3))
opt = torch.optim.SGD(blocks.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(6, 4)
    h = x
    for block in blocks:
        h = checkpoint(block, h, use_reentrant=False)
    loss = (h - x.flip(1)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
