# expect: GA101 reentrant-checkpoint: body.0.weight body.0.bias
import warnings

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

warnings.simplefilter("ignore")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
        self.skip = nn.Linear(3, 4)

    def forward(self, x):
        y = checkpoint(self.body, x, use_reentrant=True)  # CUT
        return y + self.skip(x)


net = Net()
opt = torch.optim.Adam(net.parameters())
for _ in range(3):
    loss = net(torch.randn(2, 3)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
