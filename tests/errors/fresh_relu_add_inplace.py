# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn


class Res(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x):
        h = torch.sigmoid(self.a(x))
        y = self.b(h)
        h += y  # HERE
        return h


m = Res()
opt = torch.optim.SGD(m.parameters(), 0.1)
m(torch.randn(2, 3)).sum().backward()
opt.step()
