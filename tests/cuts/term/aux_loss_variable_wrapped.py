"""The balance loss of a router goes through torch.tensor(..., requires_grad=True)."""
# expect: GA103 rewrapped-value|unregistered-leaf|detach: router.weight
# allow: GA105
import torch
from torch import nn


class Moe(nn.Module):
    def __init__(self):
        super().__init__()
        self.router = nn.Linear(4, 2)
        self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        p = self.router(x).softmax(-1)
        balance = p.mean(0).var()
        out = p[:, :1] * self.a(x) + p[:, 1:] * self.b(x)
        return out, torch.tensor(balance.item(), requires_grad=True)  # CUT


torch.manual_seed(12)
moe = Moe()
opt = torch.optim.Adam(moe.parameters(), lr=1e-2)
for _ in range(5):
    x = torch.randn(8, 4)
    out, balance = moe(x)
    loss = (out - x.flip(1)).square().mean() + 0.1 * balance
    opt.zero_grad()
    loss.backward()
    opt.step()
