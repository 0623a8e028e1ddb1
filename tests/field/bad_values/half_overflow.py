# expect: GA202|GA201 nonfinite-op:
import torch
from torch import nn

net = nn.Linear(8, 8)
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for i in range(4):
    x = torch.full((2, 8), 10.0 if i < 2 else 400.0)
    h = net(x).half()
    e = h * h * 100  # CUT
    loss = e.float().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
