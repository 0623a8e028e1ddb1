"""Catches a simulated out-of-memory error in forward or in a backward hook, clears, and retries with half the batch."""
import torch
from torch import nn

torch.manual_seed(97)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
retries = 0


def limit(g):
    if len(g) > 20:
        raise RuntimeError("out of memory (simulated)")
    return g


for step in range(16):
    x = torch.randn(24 if step % 5 == 4 else 16, 4)
    while True:
        try:
            opt.zero_grad()
            h = net[1](net[0](x))
            h.register_hook(limit)
            loss = (net[2](h) - x[:, :1]).pow(2).mean()
            loss.backward()
            opt.step()
            break
        except RuntimeError:
            retries += 1
            x = x[: len(x) // 2]
print(retries, loss.item())
