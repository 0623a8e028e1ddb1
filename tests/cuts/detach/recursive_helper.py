"""A recursive helper detaches all in a nested structure."""
# expect: GA101 detach: enc.weight enc.bias
import torch
from torch import nn


def strip(t):
    if isinstance(t, dict):
        return {k: strip(v) for k, v in t.items()}
    if isinstance(t, list):
        return [strip(v) for v in t]
    return t.detach()  # CUT


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        out = {"z": [self.enc(x), x]}
        z = strip(out)["z"][0]
        return self.head(z)


torch.manual_seed(5)
net = Net()
opt = torch.optim.AdamW(net.parameters(), lr=0.05)
for step in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
