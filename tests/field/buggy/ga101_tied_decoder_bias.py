"""Output weights are tied to the embedding, and the decoder's own bias is forgotten."""

import torch
import torch.nn.functional as F
from torch import nn


class LM(nn.Module):
    def __init__(self, v=11, d=6):
        super().__init__()
        self.emb = nn.Embedding(v, d)
        self.mix = nn.Linear(d, d)
        self.decoder = nn.Linear(d, v)
        self.decoder.weight = self.emb.weight

    def forward(self, t):
        return F.linear(self.mix(self.emb(t)).relu(), self.emb.weight)


torch.manual_seed(9)
lm = LM()
opt = torch.optim.SGD(lm.parameters(), lr=0.2, momentum=0.9)
for _ in range(8):
    t = torch.randint(0, 11, (4, 7))
    loss = F.cross_entropy(lm(t[:, :-1]).flatten(0, 1), t[:, 1:].flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
