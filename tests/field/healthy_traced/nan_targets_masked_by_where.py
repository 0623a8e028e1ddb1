"""Targets with NaN: replaced through nan_to_num before the difference, weighted by the mask."""
import torch
from torch import nn

torch.manual_seed(9)
net = nn.Linear(5, 3)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(12):
    x = torch.randn(10, 5)
    y = x[:, :3] * 2
    y[torch.rand(10, 3) < 0.2] = float("nan")
    mask = torch.isfinite(y)
    safe = torch.where(mask, y, torch.zeros_like(y))
    loss = ((net(x) - safe).pow(2) * mask).sum() / mask.sum().clamp(min=1)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f} {torch.nn.functional.mse_loss(net(x), y).item()}")
