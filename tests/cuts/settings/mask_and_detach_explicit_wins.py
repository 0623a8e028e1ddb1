"""A mask by comparison and a detach on the same path: the explicit cut is the cause."""
# expect: GA101 detach: enc.weight enc.bias
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.out = nn.Linear(4, 1)

    def forward(self, x):
        h = self.enc(x)
        mask = h > 0
        h = h.detach() * mask  # CUT
        return self.out(h)


torch.manual_seed(6)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(8, 4)
    loss = (net(x) - x.relu().sum(1, keepdim=True)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
