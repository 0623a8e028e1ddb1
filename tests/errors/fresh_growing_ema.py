# expect: GA705 kept-graph
import torch
from torch import nn


class Center(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(3, 4)
        self.center = torch.zeros(4)

    def forward(self, x):
        z = self.enc(x)
        self.center = 0.9 * self.center + 0.1 * z.mean(0)  # HERE
        return z - self.center.detach()


c = Center()
opt = torch.optim.SGD(c.parameters(), lr=0.1)
for _ in range(25):
    loss = c(torch.randn(6, 3)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
