"""State written back."""

# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Linear(3, 4)
        self.u = nn.Linear(4, 4, bias=False)
        self.o = nn.Linear(4, 1)

    def forward(self, x):
        h = torch.zeros(x.shape[1], 4)
        for t in range(x.shape[0]):
            new = torch.tanh(self.w(x[t]) + self.u(h))
            h[:] = new  # HERE
        return self.o(h)


m = RNN()
o = torch.optim.SGD(m.parameters(), lr=0.1)
for _ in range(2):
    o.zero_grad()
    m(torch.randn(3, 2, 3)).square().mean().backward()
    o.step()
