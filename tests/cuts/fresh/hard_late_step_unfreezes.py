# expect: GA101 unused-module: late.weight late.bias
import torch
from torch import nn


class Growing(nn.Module):
    def __init__(self):
        super().__init__()
        self.early = nn.Linear(3, 3)
        self.late = nn.Linear(3, 3)  # CUT
        self.alpha = 0.0

    def forward(self, x):
        y = self.early(x)
        return y + self.late(x) if self.alpha > 0 else y


g = Growing()
opt = torch.optim.SGD(g.parameters(), lr=0.01)
for _ in range(22):
    loss = g(torch.randn(4, 3)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
