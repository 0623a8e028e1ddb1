"""generate() under @torch.no_grad() and sample() under inference_mode are called while training, for the log."""
import torch
from torch import nn


class Lm(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.rnn, self.out = nn.Embedding(6, 4), nn.GRU(4, 4, batch_first=True), nn.Linear(4, 6)

    def forward(self, ids):
        return self.out(self.rnn(self.emb(ids))[0])

    @torch.no_grad()
    def generate(self, ids, n):
        for _ in range(n):
            token = self(ids)[:, -1].argmax(-1, keepdim=True)
            ids = torch.cat([ids, token], 1)
        return ids

    @torch.inference_mode()
    def sample(self, ids):
        return torch.multinomial(self(ids)[:, -1].softmax(-1), 1).tolist()


torch.manual_seed(4)
lm = Lm()
opt = torch.optim.Adam(lm.parameters(), lr=1e-2)
for _ in range(5):
    ids = torch.randint(0, 6, (3, 5))
    shown = lm.generate(ids[:1, :1], 3), lm.sample(ids)
    loss = nn.functional.cross_entropy(lm(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
    shown = lm.generate(ids[:1, :1], 2)
