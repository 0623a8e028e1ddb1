"""Recommender: sparse user and item embeddings with SparseAdam, dense tower with Adagrad."""
import torch
from torch import nn

torch.manual_seed(83)


class Rec(nn.Module):
    def __init__(self):
        super().__init__()
        self.u, self.i = nn.Embedding(200, 8, sparse=True), nn.EmbeddingBag(300, 8, mode="sum", sparse=True)
        self.top = nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 1))

    def forward(self, u, items):
        return self.top(torch.cat([self.u(u), self.i(items)], 1)).squeeze(1)


net = Rec()
sparse = [net.u.weight, net.i.weight]
opts = [torch.optim.SparseAdam(sparse, lr=1e-2), torch.optim.Adagrad(net.top.parameters(), lr=1e-2)]
for step in range(30):
    u, items = torch.randint(0, 200, (16,)), torch.randint(0, 300, (16, 3))
    loss = nn.functional.binary_cross_entropy_with_logits(net(u, items), ((u + items[:, 0]) % 2).float())
    for o in opts:
        o.zero_grad()
    loss.backward()
    for o in opts:
        o.step()
print(loss.item())
