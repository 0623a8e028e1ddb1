"""A GradScaler skips the two batches whose loss is NaN because of corrupt data; that is what it is there for."""
import torch
from torch import nn

torch.manual_seed(118)
net = nn.Linear(4, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
scaler = torch.amp.GradScaler("cpu", init_scale=64.0)
for step in range(24):
    x = torch.randn(8, 4)
    if step in (9, 17):
        x[2, 1] = float("nan")
    loss = nn.functional.cross_entropy(net(x), torch.randint(0, 2, (8,)))
    opt.zero_grad()
    scaler.scale(loss).backward()
    scaler.step(opt)
    scaler.update()
print(torch.isfinite(net.weight).all().item(), scaler.get_scale())
