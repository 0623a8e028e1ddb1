# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk, self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 1), nn.Linear(3, 1)

    def forward(self, x):
        h = self.trunk(x).tanh()  # HERE
        return self.a(h).square().mean(), self.b(h).square().mean()


n = Net()
opt = torch.optim.SGD(n.parameters(), lr=0.1)
for loss in n(torch.randn(3, 3)):
    loss.backward()
opt.step()
