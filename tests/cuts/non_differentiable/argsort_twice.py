"""Soft ranks that are no soft ranks: argsort of argsort."""
# expect: GA101 non-differentiable-op: enc.weight enc.bias
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        s = self.enc(x)
        r = s.argsort(1).argsort(1)  # CUT
        z = r.float() / 4
        return self.head(z)


torch.manual_seed(35)
net = Net()
opt = torch.optim.AdamW(net.parameters(), lr=0.05)
for step in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
