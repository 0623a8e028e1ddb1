"""The operation is in a module of helpers.

Expect: GA201 nonfinite-op pow in helpers/contrast.py
"""

import torch
from helpers.contrast import Contrast
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 6), Contrast(0.5), nn.Linear(6, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    x = torch.randn(5, 4)
    loss = nn.functional.cross_entropy(model(x), torch.randint(0, 2, (5,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
