# expect: GA202|GA201 nonfinite-op:
import torch
from torch import nn


class Whiten(nn.Module):
    def forward(self, x):
        return (x - x.mean(0)) / (x.std(0) + 1e-5)  # CUT


net = nn.Sequential(nn.Linear(3, 4), Whiten(), nn.Linear(4, 1))
opt = torch.optim.Adam(net.parameters())
data = torch.randn(9, 3)
for batch in data.split(4):
    loss = net(batch).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
