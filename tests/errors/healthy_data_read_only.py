"""`.data` is read for logging, for a mask and for a target."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(8):
    out = torch.tanh(model(torch.randn(6, 4)))
    mask = (out.data > 0).float()
    target = out.data.clone()
    target.clamp_(-0.5, 0.5)
    loss = ((out - target) * (1 - mask)).square().mean() + out.square().mean()
    print(loss.data)
    opt.zero_grad()
    loss.backward()
    opt.step()
