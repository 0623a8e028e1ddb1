"""Moving mean."""

# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn


class G(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 3)
        self.smooth = None

    def forward(self, x):
        y = self.lin(x).tanh()
        if self.smooth is None:
            self.smooth = y.mean(0)  # HERE
        else:
            self.smooth = 0.9 * self.smooth + 0.1 * y.mean(0)  # HERE
        return y - self.smooth


g = G()
o = torch.optim.SGD(g.parameters(), lr=0.1)


def epoch():
    for _ in range(3):
        o.zero_grad()
        g(torch.randn(2, 3)).square().mean().backward()
        o.step()


epoch()
