"""float(t): a learned mixing weight becomes a Python number."""
# expect: GA101 rewrapped-value: alpha
import torch
from torch import nn


class Mix(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)
        self.alpha = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        w = float(torch.sigmoid(self.alpha))  # CUT
        return w * self.a(x) + (1 - w) * self.b(x)


torch.manual_seed(1)
net = Mix()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(5):
    x = torch.randn(7, 3)
    loss = (net(x) - x.flip(1)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
