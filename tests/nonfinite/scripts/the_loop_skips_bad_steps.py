"""The loop looks at its gradients and leaves bad steps out: the weights stay good, it comes again.

Expect: GA201 nonfinite-op acos
"""

import torch
from torch import nn


def angle(a, b):
    cosine = (a * b).sum(-1) / (a.norm(dim=-1) * b.norm(dim=-1) + 1e-12)
    return torch.acos(cosine.clamp(-1.0, 1.0))  # BORN


torch.manual_seed(1)
net = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3))
opt = torch.optim.AdamW(net.parameters())
for i in range(12):
    x = torch.randn(4, 5)
    target = torch.randn(4, 3)
    out = net(x)
    if i >= 2 and i % 2 == 0:
        target = out.detach() * 2
    loss = angle(out, target).mean() + out.square().mean()
    loss.backward()
    if all(torch.isfinite(p.grad).all() for p in net.parameters()):
        opt.step()
    opt.zero_grad()
