"""A wrong indentation clears in the first epoch alone; the embedding is sparse."""

import torch
from torch import nn


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.EmbeddingBag(30, 5, sparse=True, mode="sum")
        self.fc = nn.Linear(5, 2)

    def forward(self, ids):
        return self.fc(self.emb(ids))


torch.manual_seed(6)
bag = Bag()
opt = torch.optim.SGD(bag.parameters(), lr=0.01)
for epoch in range(4):
    for _ in range(6):
        if epoch == 0:
            opt.zero_grad()
        nn.functional.cross_entropy(
            bag(torch.randint(0, 30, (8, 4))), torch.randint(0, 2, (8,))
        ).backward()
        opt.step()
