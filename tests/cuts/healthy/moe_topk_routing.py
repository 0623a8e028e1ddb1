"""Mixture of experts with top-2 routing, load counts by bincount and one_hot, auxiliary loss."""
import torch
import torch.nn.functional as F
from torch import nn


class Moe(nn.Module):
    def __init__(self, d=4, n=3):
        super().__init__()
        self.router = nn.Linear(d, n, bias=False)
        self.experts = nn.ModuleList(nn.Linear(d, d) for _ in range(n))

    def forward(self, x):
        p = self.router(x).softmax(-1)
        w, chosen = p.topk(2, dim=-1)
        w = w / w.sum(-1, keepdim=True)
        out = torch.zeros_like(x)
        for e, expert in enumerate(self.experts):
            rows, slot = (chosen == e).nonzero(as_tuple=True)
            out = out.index_add(0, rows, expert(x[rows]) * w[rows, slot, None])
        load = F.one_hot(chosen[:, 0], len(self.experts)).float().mean(0)
        return out, (load * p.mean(0)).sum() * len(self.experts)


torch.manual_seed(5)
moe = Moe()
opt = torch.optim.Adam(moe.parameters(), lr=1e-2)
for _ in range(6):
    x = torch.randn(32, 4)
    out, aux = moe(x)
    loss = (out - x.flip(1)).square().mean() + 0.01 * aux
    opt.zero_grad()
    loss.backward()
    opt.step()
