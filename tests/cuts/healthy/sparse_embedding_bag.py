"""EmbeddingBag with sparse gradients and SparseAdam beside Adam."""
import torch
from torch import nn

torch.manual_seed(26)
bag, head = nn.EmbeddingBag(20, 4, sparse=True), nn.Linear(4, 2)
opts = [torch.optim.SparseAdam(bag.parameters()), torch.optim.Adam(head.parameters())]
for _ in range(5):
    ids, offsets = torch.randint(0, 20, (12,)), torch.arange(0, 12, 3)
    y = torch.randint(0, 2, (4,))
    loss = nn.functional.cross_entropy(head(bag(ids, offsets)), y)
    for o in opts:
        o.zero_grad()
    loss.backward()
    for o in opts:
        o.step()
