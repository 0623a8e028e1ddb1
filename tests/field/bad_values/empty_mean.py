# expect: GA202|GA201 nonfinite-op:
import torch
from torch import nn

net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for i in range(3):
    x = torch.randn(6, 3)
    keep = torch.zeros(6, dtype=torch.bool) if i == 1 else torch.ones(6, dtype=torch.bool)
    per_row = net(x).squeeze(1).square()
    loss = per_row[keep].mean()  # CUT
    opt.zero_grad()
    loss.backward()
    opt.step()
