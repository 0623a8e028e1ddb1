"""The region is two calls above the op."""
# expect: GA101 no-grad-region: enc.weight enc.bias
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)
        self.act = nn.ReLU()

    def inner(self, x):
        return self.enc(x)

    def outer(self, x):
        return self.act(self.inner(x)) + x

    def forward(self, x):
        with torch.no_grad():  # CUT
            z = self.outer(x)
        return self.head(z)


torch.manual_seed(17)
net = Net()
opt = torch.optim.AdamW(net.parameters(), lr=0.05)
for step in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
