"""Micro-batches: two backwards per step; the cut is the same in each."""
# expect: GA101 detach: tok.weight
import torch
from torch import nn


class Lm(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok = nn.Embedding(8, 4)
        self.pos = nn.Embedding(5, 4)
        self.out = nn.Linear(4, 8)

    def forward(self, ids):
        h = self.tok(ids).detach() + self.pos(torch.arange(ids.shape[1]))  # CUT
        return self.out(h)


torch.manual_seed(2)
lm = Lm()
opt = torch.optim.AdamW(lm.parameters(), lr=1e-2)
for i in range(12):
    ids = torch.randint(0, 8, (3, 5))
    loss = nn.functional.cross_entropy(lm(ids).flatten(0, 1), ids.flatten()) / 2
    loss.backward()
    if i % 2 == 1:
        opt.step()
        opt.zero_grad()
