"""Weights loaded by making new nn.Parameter objects behind the optimizer's back."""
# expect: GA402 replaced-parameter: emb.weight
# allow: GA401 GA101
import torch
from torch import nn


class Clf(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(9, 4)
        self.out = nn.Linear(4, 2)

    def load_vectors(self, vectors):
        self.emb.weight = nn.Parameter(vectors.clone())

    def forward(self, ids):
        return self.out(self.emb(ids).mean(1))


torch.manual_seed(2)
model = Clf()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
model.load_vectors(torch.randn(9, 4))
for _ in range(6):
    ids, y = torch.randint(0, 9, (6, 3)), torch.randint(0, 2, (6,))
    loss = nn.functional.cross_entropy(model(ids), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
