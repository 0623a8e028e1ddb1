"""`@torch.no_grad` without parentheses on a function."""
# expect: GA101 no-grad-region: pos.weight
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pos = nn.Embedding(6, 4)
        self.lin = nn.Linear(4, 4)

    @torch.no_grad  # CUT
    def positions(self, x):  # CUT
        return self.pos(torch.arange(x.shape[1]))

    def forward(self, x):
        return self.lin(x + self.positions(x))


torch.manual_seed(9)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(3, 6, 4)
    loss = (net(x) - x.cumsum(1)).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
