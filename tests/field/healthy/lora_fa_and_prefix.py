"""LoRA-FA: A stays frozen at random, B starts at zero; with a trainable prefix and a frozen base."""
import torch
from torch import nn


class LoraLinear(nn.Module):
    def __init__(self, base, r=2):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.A = nn.Parameter(torch.randn(r, base.in_features) * 0.1, requires_grad=False)
        self.B = nn.Parameter(torch.zeros(base.out_features, r))

    def forward(self, x):
        return self.base(x) + x @ self.A.T @ self.B.T


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.prefix = nn.Parameter(torch.randn(1, 2, 8) * 0.02)
        self.attn = nn.MultiheadAttention(8, 2, batch_first=True).requires_grad_(False)
        self.up, self.down = LoraLinear(nn.Linear(8, 16)), LoraLinear(nn.Linear(16, 8))

    def forward(self, x):
        x = torch.cat([self.prefix.expand(len(x), -1, -1), x], 1)
        x = x + self.attn(x, x, x, need_weights=False)[0]
        return (x + self.down(torch.relu(self.up(x)))).mean(1)


torch.manual_seed(80)
m = Model()
opt = torch.optim.AdamW(filter(lambda p: p.requires_grad, m.parameters()), lr=1e-2)
for step in range(20):
    x = torch.randn(8, 5, 8)
    loss = (m(x) - x.sum(1)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
