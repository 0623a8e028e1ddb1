"""torch.Tensor([...]) of scalars (it takes elements out of their graph silently)."""
# expect: GA101 rewrapped-value: w1.weight w2.weight
import torch
from torch import nn


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1 = nn.Linear(3, 1)
        self.w2 = nn.Linear(3, 1)
        self.out = nn.Linear(2, 1)

    def forward(self, x):
        a = self.w1(x).mean()
        b = self.w2(x).mean()
        return self.out(torch.Tensor([a, b]))  # CUT


torch.manual_seed(7)
m = Two()
opt = torch.optim.SGD(m.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(6, 3)
    loss = (m(x) - x.mean()).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
