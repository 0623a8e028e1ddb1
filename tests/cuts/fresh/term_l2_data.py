# expect: GA103 data-attribute:
import torch
from torch import nn

net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for _ in range(4):
    x = torch.randn(8, 3)
    loss = nn.functional.mse_loss(net(x), x.sum(1, keepdim=True))
    reg = sum(p.data.pow(2).sum() for p in net.parameters())  # CUT
    loss = loss + 1e-3 * reg
    opt.zero_grad()
    loss.backward()
    opt.step()
