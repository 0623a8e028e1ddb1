"""Sorted values flow (only indices do not); median, kthvalue, unique on integers."""
import torch
from torch import nn

torch.manual_seed(52)
net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(5):
    fake, real = net(torch.randn(16, 2)), torch.randn(16, 2) + 1
    direction = nn.functional.normalize(torch.randn(2, 6), dim=0)
    a, _ = (fake @ direction).sort(0)
    b, _ = (real @ direction).sort(0)
    loss = (a - b).square().mean() + 0.01 * (fake.median(0).values - 1).abs().sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
