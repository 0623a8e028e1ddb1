# expect: GA704 data-attribute
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 1)

    def forward(self, x):
        h = self.a(x).sigmoid()
        y = self.b(h)
        h.data.mul_(0.5)  # HERE
        return y


n = Net()
opt = torch.optim.SGD(n.parameters(), lr=0.1)
for _ in range(3):
    opt.zero_grad()
    n(torch.randn(4, 3)).square().mean().backward()
    opt.step()
