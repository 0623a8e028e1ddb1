# expect: GA101 rewrapped-value: tok.weight
import torch
from torch import nn


def pad(seqs, n):
    rows = [s.tolist() + [[0.0] * 3] * (n - len(s)) for s in seqs]  # CUT
    return torch.tensor(rows)  # CUT


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok = nn.Embedding(10, 3)
        self.rnn = nn.LSTM(3, 4, batch_first=True)
        self.out = nn.Linear(4, 2)

    def forward(self, sents):
        e = pad([self.tok(s) for s in sents], 6)
        h, _ = self.rnn(e)
        return self.out(h[:, -1])


t = Tagger()
opt = torch.optim.Adam(t.parameters())
for _ in range(2):
    sents = [torch.randint(0, 10, (n,)) for n in (3, 6, 4)]
    loss = nn.functional.cross_entropy(t(sents), torch.tensor([0, 1, 0]))
    opt.zero_grad()
    loss.backward()
    opt.step()
