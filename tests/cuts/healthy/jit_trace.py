"""torch.jit.trace before training."""
import warnings

import torch
from torch import nn

warnings.filterwarnings("ignore")
torch.manual_seed(29)
net = torch.jit.trace(nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2)), torch.randn(4, 3))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(5):
    x, y = torch.randn(4, 3), torch.randint(0, 2, (4,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
