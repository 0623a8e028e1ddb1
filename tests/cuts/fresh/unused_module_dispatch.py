# expect: GA101 unused-module: experts.c.weight experts.c.bias
import torch
from torch import nn


class Router(nn.Module):
    def __init__(self):
        super().__init__()
        self.experts = nn.ModuleDict({k: nn.Linear(2, 2) for k in "abc"})  # CUT

    def forward(self, x, kinds):
        return torch.stack([self.experts["ab"[k % 2]](row) for row, k in zip(x, kinds, strict=True)])


r = Router()
opt = torch.optim.Adam(r.parameters())
for i in range(21):
    loss = r(torch.randn(6, 2), list(range(6))).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
