"""Rows with NaN are filtered before the loss, the metric of the whole batch is NaN, best loss starts at inf."""
import torch
from torch import nn

torch.manual_seed(8)
net = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
best = torch.tensor(float("inf"))
for step in range(15):
    x = torch.randn(12, 5)
    x[torch.rand(12) < 0.3, 2] = float("nan")
    y = torch.nansum(x, 1, keepdim=True)
    ok = ~torch.isnan(x).any(1)
    pred = net(x[ok])
    loss = nn.functional.mse_loss(pred, y[ok])
    with torch.no_grad():
        metric = (net(x) - y).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    best = torch.minimum(best, loss.detach())
    print(f"{loss.item():.4f} {metric.item()} {best.item():.4f}")
