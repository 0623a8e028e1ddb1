"""Sparse embeddings meet a logarithm of negative scores."""

import torch
from torch import nn


class Factor(nn.Module):
    def __init__(self):
        super().__init__()
        self.users = nn.Embedding(20, 4, sparse=True)
        self.items = nn.Embedding(30, 4, sparse=True)

    def forward(self, u, i):
        return (self.users(u) * self.items(i)).sum(1)


torch.manual_seed(2)
f = Factor()
opt = torch.optim.SparseAdam(list(f.parameters()), lr=1e-2)
for _ in range(6):
    u, i = torch.randint(0, 20, (16,)), torch.randint(0, 30, (16,))
    score = f(u, i)
    loss = -(score * score.log()).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
