"""Weights are binarised in place through .data for the forward and restored before the step (XNOR-Net)."""
import torch
from torch import nn

torch.manual_seed(3)
net = nn.Sequential(nn.Linear(6, 6), nn.Hardtanh(), nn.Linear(6, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
weights = [m.weight for m in net if isinstance(m, nn.Linear)]
for _ in range(6):
    saved = [w.data.clone() for w in weights]
    for w in weights:
        w.data.copy_(w.data.sign() * w.data.abs().mean())
    x, y = torch.randn(8, 6), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    for w, s in zip(weights, saved):
        w.data.copy_(s)
    opt.step()
