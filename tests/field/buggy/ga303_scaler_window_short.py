"""Eight micro-batches with a scaler: cleared at each, stepped at every other."""

import torch
from torch import nn

torch.manual_seed(4)
net = nn.Linear(4, 3).bfloat16()
opt = torch.optim.SGD(net.parameters(), lr=0.01)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
for i in range(8):
    opt.zero_grad(set_to_none=False)
    loss = net(torch.randn(6, 4).bfloat16()).float().pow(2).mean() / 2
    scaler.scale(loss).backward()
    if i % 2:
        scaler.step(opt)
        scaler.update()
