"""Part of the net is traced, another is a scripted function; evaluation by a frozen script."""
import torch
from torch import nn

torch.manual_seed(31)


@torch.jit.script
def swish(x: torch.Tensor) -> torch.Tensor:
    return x * torch.sigmoid(x)


trunk = torch.jit.trace(nn.Sequential(nn.Linear(4, 8), nn.Tanh()), torch.randn(2, 4))
head = nn.Linear(8, 1)
opt = torch.optim.Adam([*trunk.parameters(), *head.parameters()], lr=1e-2)
for step in range(10):
    x = torch.randn(8, 4)
    loss = (head(swish(trunk(x))) - x[:, :1]).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}")
