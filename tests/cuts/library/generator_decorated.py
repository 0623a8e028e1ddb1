"""A generator function under @torch.no_grad() yields windows' features."""
# expect: GA101 no-grad-region: conv.weight conv.bias
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 3, 3)
        self.out = nn.Linear(3, 1)

    @torch.no_grad()  # CUT
    def windows(self, x):  # CUT
        for part in x.split(5, -1):
            yield self.conv(part).mean(-1)

    def forward(self, x):
        return self.out(torch.stack(list(self.windows(x))).sum(0))


torch.manual_seed(10)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for _ in range(4):
    x = torch.randn(4, 1, 10)
    loss = (net(x) - x.mean((1, 2))[:, None]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
