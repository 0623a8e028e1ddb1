"""A float16 loss that stays above what the scale can be."""

import torch
from torch import nn

torch.manual_seed(3)
net = nn.Linear(8, 4)
opt = torch.optim.SGD(net.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cpu", init_scale=65536.0, backoff_factor=0.9)
for _ in range(12):
    opt.zero_grad()
    with torch.autocast("cpu", dtype=torch.float16):
        out = net(torch.randn(16, 8) * 50)
    loss = out.pow(2).sum()
    scaler.scale(loss).backward()
    scaler.step(opt)
    scaler.update()
