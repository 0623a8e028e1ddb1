"""torch.jit.script of a module with a no_grad-free loop."""
import warnings

import torch
from torch import nn

warnings.filterwarnings("ignore")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 1)

    def forward(self, x):
        for _ in range(2):
            x = torch.relu(self.a(x)) + x.detach()
        return self.b(x)


torch.manual_seed(28)
net = torch.jit.script(Net())
opt = torch.optim.SGD(net.parameters(), lr=0.02)
for _ in range(5):
    x = torch.randn(8, 4)
    loss = (net(x) - x[:, :1]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
