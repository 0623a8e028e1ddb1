"""A table of relations is propagated once and looked up in every batch."""

# expect: GA703 reused-graph
# exit: 1
# tensor: model.table
import torch
from torch import nn


class Recommender(nn.Module):
    def __init__(self, adjacency):
        super().__init__()
        self.items = nn.Embedding(6, 4)
        self.score = nn.Linear(8, 1)
        self.table = torch.tanh(adjacency @ self.items.weight)  # HERE

    def forward(self, a, b):
        pair = torch.cat([self.table[a], self.table[b]], dim=-1)
        return self.score(pair).squeeze(-1)


torch.manual_seed(0)
model = Recommender(torch.rand(6, 6).softmax(-1))
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(4):
    a, b = torch.randint(0, 6, (5,)), torch.randint(0, 6, (5,))
    loss = nn.functional.binary_cross_entropy_with_logits(model(a, b), (a > b).float())
    opt.zero_grad()
    loss.backward()
    opt.step()
