"""Causal attention by hand: -inf mask by masked_fill and an additive mask from triu, padded rows zeroed by nan_to_num-free trick."""
import math

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(10)


class Block(nn.Module):
    def __init__(self, d=16, h=2):
        super().__init__()
        self.h, self.qkv, self.o = h, nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.ff = nn.Sequential(nn.Linear(d, 32), nn.GELU(), nn.Linear(32, d))
        self.register_buffer("causal", torch.full((9, 9), float("-inf")).triu(1))

    def forward(self, x, pad):
        b, t, d = x.shape
        q, k, v = self.qkv(self.n1(x)).view(b, t, 3, self.h, d // self.h).permute(2, 0, 3, 1, 4)
        s = q @ k.transpose(-1, -2) / math.sqrt(d // self.h)
        s = s + self.causal[:t, :t]
        s = s.masked_fill(pad[:, None, None, :], float("-inf"))
        a = s.softmax(-1)
        x = x + self.o((a @ v).transpose(1, 2).reshape(b, t, d))
        return x + self.ff(self.n2(x))


emb, pos = nn.Embedding(20, 16, padding_idx=0), nn.Parameter(torch.randn(9, 16) * 0.02)
blocks = nn.ModuleList(Block() for _ in range(2))
head = nn.Linear(16, 20)
opt = torch.optim.AdamW([*emb.parameters(), pos, *blocks.parameters(), *head.parameters()], lr=1e-3)
for step in range(10):
    ids = torch.randint(1, 20, (4, 10))
    ids[:, 8:] = torch.where(torch.rand(4, 1) < 0.5, torch.zeros(1, dtype=torch.long), ids[:, 8:])
    x, y = ids[:, :-1], ids[:, 1:]
    h = emb(x) + pos
    for b in blocks:
        h = b(h, x == 0)
    loss = F.cross_entropy(head(h).flatten(0, 1), y.flatten(), ignore_index=0)
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        perplexity = loss.exp().item()
    print(f"{loss.item():.4f} {perplexity:.2f}")
