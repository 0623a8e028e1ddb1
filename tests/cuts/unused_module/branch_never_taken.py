"""A second head that no branch of forward ever calls."""
# expect: GA101 unused-module: coarse.weight coarse.bias
import torch
from torch import nn


class TwoHeads(nn.Module):
    def __init__(self, coarse=False):
        super().__init__()
        self.body = nn.Linear(5, 8)
        self.fine = nn.Linear(8, 4)
        self.coarse = nn.Linear(8, 2)
        self.use_coarse = coarse

    def forward(self, x):
        h = torch.relu(self.body(x))
        if self.use_coarse:
            return self.fine(h), self.coarse(h)
        return self.fine(h), None


torch.manual_seed(0)
net = TwoHeads()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for step in range(5):
    x, y = torch.randn(16, 5), torch.randint(0, 4, (16,))
    fine, coarse = net(x)
    loss = nn.functional.cross_entropy(fine, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
