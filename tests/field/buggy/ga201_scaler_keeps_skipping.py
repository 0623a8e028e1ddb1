"""The loss is NaN in every batch, so the scaler never steps."""

import torch
from torch import nn

torch.manual_seed(4)
net = nn.Linear(4, 2)
opt = torch.optim.AdamW(net.parameters())
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
for _ in range(9):
    x = torch.randn(6, 4)
    loss = (net(x).sum(1) * 0).div(x[:, 0] * 0).sum()
    opt.zero_grad()
    scaler.scale(loss).backward()
    scaler.step(opt)
    scaler.update()
