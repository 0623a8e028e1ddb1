"""nn.DataParallel on a machine without GPUs: the wrapper simply calls the module; state is saved through .module."""
import torch
from torch import nn

torch.manual_seed(113)
net = nn.DataParallel(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(10):
    x = torch.randn(8, 4)
    loss = nn.functional.cross_entropy(net(x), (x[:, 0] > 0).long())
    net.zero_grad()
    loss.backward()
    opt.step()
print(sorted(net.module.state_dict()), loss.item())
