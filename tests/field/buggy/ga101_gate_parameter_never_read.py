"""One block of two skips its own learnable gate."""

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, gated):
        super().__init__()
        self.gated = gated
        self.lin = nn.Linear(6, 6)
        self.gate = nn.Parameter(torch.ones(6))

    def forward(self, x):
        h = self.lin(x).tanh()
        return x + (h * self.gate if self.gated else h)


def make_step(model, opt):
    def step(x, y):
        opt.zero_grad()
        h = x
        for b in model["blocks"]:
            h = b(h)
        loss = (model["head"](h) - y).abs().mean()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()

    return step


torch.manual_seed(7)
model = nn.ModuleDict(
    {"blocks": nn.ModuleList([Block(True), Block(False)]), "head": nn.Linear(6, 1)}
)
decay = [p for p in model.parameters() if p.ndim > 1]
rest = [p for p in model.parameters() if p.ndim <= 1]
opt = torch.optim.AdamW([{"params": decay}, {"params": rest, "weight_decay": 0.0}], lr=1e-3)
go = make_step(model, opt)
for _ in range(150):
    go(torch.randn(10, 6), torch.randn(10, 1))
