"""Output layer tied to the embedding, one more use of it detached."""
import torch
from torch import nn


class Lm(nn.Module):
    def __init__(self, v=9, d=5):
        super().__init__()
        self.emb = nn.Embedding(v, d)
        self.mid = nn.Linear(d, d)
        self.out = nn.Linear(d, v, bias=False)
        self.out.weight = self.emb.weight

    def forward(self, ids):
        h = torch.tanh(self.mid(self.emb(ids).detach() + self.emb(ids)))
        return self.out(h)


torch.manual_seed(25)
lm = Lm()
opt = torch.optim.Adam(lm.parameters(), lr=1e-2)
for _ in range(5):
    ids = torch.randint(0, 9, (4, 6))
    loss = nn.functional.cross_entropy(lm(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
