# expect: GA201 nonfinite-op: w.weight
import torch
from torch import nn


class Ratio(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Linear(2, 2, bias=False)
        self.g = nn.Linear(2, 2)

    def forward(self, x):
        num, den = self.g(x), self.w(x)
        r = num / den  # CUT
        return torch.where(den == 0, torch.zeros_like(r), r)


r = Ratio()
opt = torch.optim.SGD(r.parameters(), lr=0.01)
for k in range(3):
    x = torch.ones(3, 2)
    if k == 1:
        x[0] = 0.0
    loss = r(x).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
