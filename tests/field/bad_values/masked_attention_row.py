# expect: GA202|GA201 nonfinite-op:
import torch
from torch import nn


class Attn(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(4, 4) for _ in range(3))

    def forward(self, x, keep):
        s = self.q(x) @ self.k(x).transpose(1, 2) / 2
        s = s.masked_fill(~keep[:, None, :], -torch.inf)
        return s.softmax(-1) @ self.v(x)  # CUT


a = Attn()
opt = torch.optim.AdamW(a.parameters())
for i in range(4):
    keep = torch.ones(2, 3, dtype=torch.bool)
    if i == 2:
        keep[1] = False
    loss = a(torch.randn(2, 3, 4), keep).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
