"""The gate's value only decides which branch of Python runs."""
# expect: GA101 non-differentiable-op|rewrapped-value|unused-output|unknown: gate.weight
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate, self.a, self.b = nn.Linear(3, 1), nn.Linear(3, 1), nn.Linear(3, 1)

    def forward(self, x):
        g = self.gate(x).mean()  # CUT
        if g > 0:  # CUT
            return self.a(x)
        return self.a(x) + self.b(x)


torch.manual_seed(6)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(12):
    x = torch.randn(4, 3)
    loss = (net(x) - x[:, :1]).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
