"""A model whose batches take turns: lyric batches use one set of layers, audio batches another.

Control: every layer is used, none in every step. Source: openai/jukebox#252.
"""

import random

import torch
import torch.nn as nn
import torch.nn.functional as F


class Prior(nn.Module):
    def __init__(self, bins=14, width=12):
        super().__init__()
        self.audio_embed = nn.Embedding(bins, width)
        self.lyric_embed = nn.Embedding(bins, width)
        self.audio_blocks = nn.ModuleList([nn.Linear(width, width) for _ in range(2)])
        self.lyric_blocks = nn.ModuleList([nn.Linear(width, width) for _ in range(2)])
        self.out = nn.Linear(width, bins)

    def forward(self, tokens, kind):
        embed = self.audio_embed if kind == "audio" else self.lyric_embed
        blocks = self.audio_blocks if kind == "audio" else self.lyric_blocks
        h = embed(tokens)
        for block in blocks:
            h = h + torch.relu(block(h))
        return self.out(h)


def batch(kind):
    start = torch.randint(0, 14, (8, 1))
    stride = 1 if kind == "audio" else 3
    return (start + stride * torch.arange(9)) % 14


random.seed(252)
torch.manual_seed(252)
prior = Prior()
optimizer = torch.optim.Adam(prior.parameters(), lr=2e-3, betas=(0.9, 0.95))
totals = {"audio": [], "lyric": []}

for step in range(36):
    kind = random.choice(["audio", "lyric"])
    tokens = batch(kind)
    logits = prior(tokens[:, :-1], kind)
    loss = F.cross_entropy(logits.transpose(1, 2), tokens[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    totals[kind].append(loss.item())

for kind, values in totals.items():
    print(kind, len(values), "batches, last loss", round(values[-1], 4))
