"""Seq2seq: the decoder is fed its own argmax at times; the loss is on the logits."""
import random

import torch
from torch import nn


class Decoder(nn.Module):
    def __init__(self, v=6, d=5):
        super().__init__()
        self.emb, self.cell, self.out = nn.Embedding(v, d), nn.GRUCell(d, d), nn.Linear(d, v)

    def forward(self, h, target, ratio):
        token = torch.zeros(len(target), dtype=torch.long)
        logits = []
        for t in range(target.shape[1]):
            h = self.cell(self.emb(token), h)
            logits.append(self.out(h))
            use = random.random() < ratio
            token = target[:, t] if use else logits[-1].topk(1)[1].squeeze(-1).detach()
        return torch.stack(logits, 1)


torch.manual_seed(7)
random.seed(2)
encoder, decoder = nn.GRU(3, 5, batch_first=True), Decoder()
opt = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-2)
for _ in range(6):
    src, tgt = torch.randn(4, 6, 3), torch.randint(0, 6, (4, 5))
    _, h = encoder(src)
    loss = nn.functional.cross_entropy(decoder(h[0], tgt, 0.5).flatten(0, 1), tgt.flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
