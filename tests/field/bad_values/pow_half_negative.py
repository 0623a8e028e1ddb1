# expect: GA202|GA201 nonfinite-op:
import torch
from torch import nn

torch.manual_seed(0)
layers = [nn.Linear(2, 4), nn.Linear(4, 1)]
opt = torch.optim.SGD([p for l in layers for p in l.parameters()], lr=0.1)
for _ in range(2):
    h = torch.randn(5, 2)
    for l in layers:
        h = l(h)
        h = h ** 1.5  # CUT
    loss = h.mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
