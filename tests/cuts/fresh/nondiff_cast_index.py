# expect: GA101 non-differentiable-op: where.weight where.bias
import torch
from torch import nn


class Locator(nn.Module):
    def __init__(self):
        super().__init__()
        self.where = nn.Linear(8, 1)
        self.val = nn.Conv1d(1, 4, 3, padding=1)

    def forward(self, x):
        pos = torch.sigmoid(self.where(x)) * 7
        left = pos.long()  # CUT
        maps = self.val(x.unsqueeze(1))
        picked = maps.gather(2, left.unsqueeze(1).expand(-1, 4, 1))
        return picked.squeeze(2)


loc = Locator()
opt = torch.optim.SGD(loc.parameters(), lr=0.01)
for _ in range(5):
    opt.zero_grad()
    loc(torch.randn(3, 8)).square().sum().backward()
    opt.step()
