# expect: GA202|GA201 nonfinite-op:
import torch
from torch import nn


class BCE(nn.Module):
    def forward(self, p, y):
        return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()  # CUT


net = nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
crit = BCE()
for i in range(4):
    x = torch.randn(4, 2)
    if i == 2:
        x = x * 1e5
    loss = crit(net(x).sigmoid(), (x[:, :1] > 0).float())
    opt.zero_grad()
    loss.backward()
    opt.step()
