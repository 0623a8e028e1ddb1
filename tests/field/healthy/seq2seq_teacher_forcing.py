"""Seq2seq with attention, random teacher forcing, packed sequences and tied output embedding."""
import random

import torch
from torch import nn

random.seed(82)
torch.manual_seed(82)


class S2S(nn.Module):
    def __init__(self, v=12, d=16):
        super().__init__()
        self.emb = nn.Embedding(v, d, padding_idx=0)
        self.enc = nn.GRU(d, d, batch_first=True)
        self.dec = nn.GRUCell(2 * d, d)
        self.out = nn.Linear(d, v, bias=False)
        self.out.weight = self.emb.weight

    def forward(self, src, lens, tgt, force):
        packed = nn.utils.rnn.pack_padded_sequence(self.emb(src), lens, batch_first=True, enforce_sorted=False)
        mem, h = self.enc(packed)
        mem, _ = nn.utils.rnn.pad_packed_sequence(mem, batch_first=True)
        h, tok, logits = h[0], torch.ones(len(src), dtype=torch.long), []
        for t in range(tgt.shape[1]):
            att = torch.softmax((mem @ h.unsqueeze(2)).squeeze(2), 1)
            ctx = (att.unsqueeze(1) @ mem).squeeze(1)
            h = self.dec(torch.cat([self.emb(tok), ctx], 1), h)
            logits.append(self.out(h))
            tok = tgt[:, t] if random.random() < force else logits[-1].argmax(1)
        return torch.stack(logits, 1)


net = S2S()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for step in range(15):
    lens = torch.randint(2, 6, (8,))
    src = torch.randint(2, 12, (8, 5)) * (torch.arange(5)[None] < lens[:, None])
    tgt = src.flip(1)
    loss = nn.functional.cross_entropy(net(src, lens, tgt, 0.5).flatten(0, 1), tgt.flatten(), ignore_index=0)
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    opt.step()
print(loss.item())
