# expect: GA104 requires-grad-off:
# exit: 1
import torch
from torch import nn


def freeze(m):
    for p in m.parameters():
        p.requires_grad = False  # CUT
    return m


net = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
net.append(nn.Linear(3, 2))
net = freeze(net)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(4, 3)
loss = nn.functional.cross_entropy(net(x), torch.tensor([0, 1, 0, 1]))
loss.backward()
opt.step()
