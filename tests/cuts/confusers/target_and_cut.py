"""A detached target is meant; the student's encoder under no_grad is not."""
# expect: GA101 no-grad-region: enc.weight enc.bias
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc, self.pred = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        with torch.no_grad():  # CUT
            z = self.enc(x)
        p = self.pred(z)
        return p


torch.manual_seed(4)
net, teacher = Net(), nn.Linear(4, 4)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(8, 4)
    goal = teacher(x).detach()
    loss = (net(x) - goal).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
