# expect: GA202|GA201 nonfinite-input:
import torch
from torch import nn

net = nn.Linear(3, 1)
opt = torch.optim.Adam(net.parameters())
targets = torch.zeros(6, 4, 1)
targets[4, 2] = float("inf")
for y in targets:
    x = torch.randn(4, 3)
    loss = (net(x) - y).abs().mean()
    opt.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    opt.step()
