# expect: GA103 detach:
import torch
from torch import nn


class Loss(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.w = w

    def forward(self, z, y):
        ce = nn.functional.cross_entropy(z, y)
        spread = z.var(0).sum()
        return sum(w * t for w, t in zip(self.w, (ce, spread.detach()), strict=True))  # CUT


net, crit = nn.Linear(3, 4), Loss((1.0, 0.5))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    loss = crit(net(torch.randn(6, 3)), torch.randint(0, 4, (6,)))
    opt.zero_grad()
    loss.backward()
    opt.step()
