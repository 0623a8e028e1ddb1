# expect: GA104 requires-grad-off:
# allow: GA403
import torch
from torch import nn

net = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 1))
for name, p in net.named_parameters():
    setattr(p, "requires_grad", "head" in name)  # CUT
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(3):
    loss = net(torch.randn(4, 3)).square().mean()
    loss.requires_grad = True
    opt.zero_grad()
    loss.backward()
    opt.step()
