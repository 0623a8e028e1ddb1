"""A to_tensor helper that wraps whatever it gets."""
# expect: GA101 rewrapped-value: enc.weight enc.bias
import warnings

import torch
from torch import nn


warnings.filterwarnings("ignore")


def to_tensor(value, dtype=torch.float32):
    if not isinstance(value, (list, tuple)):
        return torch.tensor(value, dtype=dtype)  # CUT
    return torch.tensor(list(value), dtype=dtype)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        z = to_tensor(self.enc(x))
        return self.head(z)


torch.manual_seed(49)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for step in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
