"""Masks derived from predictions under no_grad, multiplied in; entropic threshold; detached positions."""
import torch
from torch import nn


class Att(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(4, 12), nn.Linear(4, 4)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, -1)
        s = q @ k.mT / 2
        with torch.no_grad():
            floor = s.topk(3, -1).values[..., -1:]
            mask = s < floor
        return self.out(s.masked_fill(mask, -1e9).softmax(-1) @ v)


torch.manual_seed(8)
net = Att()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(5):
    x = torch.randn(2, 5, 4)
    loss = (net(x) - x.flip(1)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
