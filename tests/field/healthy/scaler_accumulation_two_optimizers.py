"""One scaler, accumulation of three, two optimizers of which only one is unscaled for clipping; scaler.update(new) once."""
import torch
from torch import nn

torch.manual_seed(52)
enc, head = nn.Linear(5, 12), nn.Linear(12, 1)
o1 = torch.optim.SGD(enc.parameters(), lr=0.01, momentum=0.9)
o2 = torch.optim.Adam(head.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=4)
for i in range(24):
    x = torch.randn(8, 5)
    loss = (head(torch.tanh(enc(x))) - x[:, :1]).pow(2).mean() / 3
    scaler.scale(loss).backward()
    if (i + 1) % 3 == 0:
        scaler.unscale_(o1)
        nn.utils.clip_grad_value_(enc.parameters(), 0.5)
        scaler.step(o1)
        scaler.step(o2)
        scaler.update(2048.0 if i == 11 else None)
        o1.zero_grad()
        o2.zero_grad()
print(loss.item(), scaler.get_scale())
