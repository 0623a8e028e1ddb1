"""Mixed precision with a scaler, two steps, no zero_grad."""

import torch
from torch import nn

torch.manual_seed(9)
net = nn.Linear(4, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu", init_scale=256.0)
for _ in range(2):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = net(torch.randn(6, 4))
    loss = out.float().pow(2).mean()
    scaler.scale(loss).backward()
    scaler.unscale_(opt)
    scaler.step(opt)
    scaler.update()
