"""Three modules starve for three reasons."""
# expect: GA101 unused-module: never.weight
# expect: GA101 unused-output #u: dropped.weight
# expect: GA101 detach #d: cut.weight
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.never, self.dropped = nn.Linear(4, 4), nn.Linear(4, 4)
        self.cut, self.out = nn.Linear(4, 4), nn.Linear(4, 1)

    def forward(self, x):
        unused = self.dropped(x)  # CUT u
        h = torch.relu(self.cut(x)).detach()  # CUT d
        return self.out(h)


torch.manual_seed(5)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(8, 4)
    loss = (net(x) - x[:, :1]).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
