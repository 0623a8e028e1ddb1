"""Losses are scaled by their own running size (a detached tensor and an .item()), sum of many terms."""
import torch
from torch import nn

torch.manual_seed(23)
net = nn.Sequential(nn.Linear(4, 12), nn.SiLU(), nn.Linear(12, 3))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
scale = torch.ones(3)
floor = 1.0
for step in range(12):
    x = torch.randn(16, 4)
    out = net(x)
    terms = torch.stack([(out[:, i] - x[:, i] * (i + 1)).pow(2).mean() for i in range(3)])
    scale = 0.9 * scale + 0.1 * terms.detach()
    floor = min(floor, terms.sum().item())
    loss = (terms / scale).sum() / max(floor, 0.1) + terms.sum() / terms.sum().item()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f} {floor:.4f}")
