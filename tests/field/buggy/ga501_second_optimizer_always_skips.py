"""One scaler serves two optimizers, and the second one's loss is NaN."""

import torch
from torch import nn

torch.manual_seed(1)
a, b = nn.Linear(4, 1), nn.Linear(4, 1)
oa = torch.optim.Adam(a.parameters(), lr=1e-3)
ob = torch.optim.Adam(b.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
for _ in range(10):
    x = torch.randn(6, 4)
    oa.zero_grad()
    ob.zero_grad()
    scaler.scale(a(x).pow(2).mean()).backward()
    scaler.scale((b(x) * float("nan")).mean()).backward()
    scaler.step(oa)
    scaler.step(ob)
    scaler.update()
