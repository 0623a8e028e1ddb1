# expect: GA105 unregistered-leaf:
import torch
from torch import nn


class Lazy(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(4, 6)

    def forward(self, x):
        h = self.stem(x).relu()
        proj = nn.Linear(h.shape[-1], 2)  # CUT
        return proj(h)


m = Lazy()
opt = torch.optim.Adam(m.parameters())
for _ in range(4):
    loss = nn.functional.cross_entropy(m(torch.randn(3, 4)), torch.tensor([0, 1, 0]))
    opt.zero_grad()
    loss.backward()
    opt.step()
