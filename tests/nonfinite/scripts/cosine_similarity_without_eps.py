"""nn.CosineSimilarity(eps=0) of a vector of zeros.

Expect: GA202 nonfinite-op cosine_similarity
"""

import torch
from torch import nn

torch.manual_seed(0)
tower = nn.Sequential(nn.Linear(4, 8), nn.ReLU())
similarity = nn.CosineSimilarity(dim=-1, eps=0.0)
optimizer = torch.optim.SGD(tower.parameters(), lr=0.01)
for _ in range(3):
    a, b = torch.randn(6, 4), torch.randn(6, 4)
    left = tower(a) * (a[:, :1] > 0)
    close = similarity(left, tower(b))  # BORN
    loss = (1 - close).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
