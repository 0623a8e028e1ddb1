"""Reentrant checkpoint after an embedding that requires grad."""
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


class Lm(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(10, 6)
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(6, 2, 12, 0.1, batch_first=True) for _ in range(2)
        )
        self.out = nn.Linear(6, 10)

    def forward(self, ids):
        h = self.emb(ids)
        for block in self.blocks:
            h = checkpoint(block, h, use_reentrant=True)
        return self.out(h)


torch.manual_seed(28)
lm = Lm()
opt = torch.optim.AdamW(lm.parameters(), lr=1e-3)
for _ in range(4):
    ids = torch.randint(0, 10, (3, 5))
    loss = nn.functional.cross_entropy(lm(ids).flatten(0, 1), ids.flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
