"""Of a float32 and a float16 model only the second one rounds its gradient to zero."""

import torch
from torch import nn

torch.manual_seed(2)
full, tiny = nn.Linear(10, 10), nn.Linear(10, 10).half()
opt = torch.optim.SGD([*full.parameters(), *tiny.parameters()], lr=0.01)
for _ in range(12):
    x = torch.randn(1, 10)
    small = tiny(full(x).half()).float()
    loss = (small * torch.randn(10) * 4e-8).sum() + full(x).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
