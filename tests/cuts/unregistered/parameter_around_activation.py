"""nn.Parameter(h) inside forward makes a new leaf: everything before it is cut off."""
# expect: GA101 unregistered-leaf|rewrapped-value: enc.weight enc.bias
# allow: GA105
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 5)
        self.dec = nn.Linear(5, 4)

    def forward(self, x):
        z = torch.tanh(self.enc(x))
        z = nn.Parameter(z)  # CUT
        return self.dec(z)


torch.manual_seed(2)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(5):
    x = torch.randn(7, 4)
    loss = (net(x) - x).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
