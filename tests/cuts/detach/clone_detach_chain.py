"""`.clone().detach()`: copied from an answer about copying tensors."""
# expect: GA101 detach: embed.weight
import torch
import torch.nn.functional as F
from torch import nn


class Bag(nn.Module):
    def __init__(self, vocab=20, dim=6):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.mix = nn.Linear(dim, dim)
        self.out = nn.Linear(dim, 2)

    def forward(self, ids):
        e = self.embed(ids)
        pooled = e.clone().detach().mean(1)  # CUT
        return self.out(torch.tanh(self.mix(pooled)))


torch.manual_seed(2)
model = Bag()
opt = torch.optim.SGD(model.parameters(), lr=0.3)
for _ in range(5):
    ids = torch.randint(0, 20, (8, 4))
    loss = F.cross_entropy(model(ids), (ids.sum(1) % 2))
    opt.zero_grad()
    loss.backward()
    opt.step()
