"""Gradients are accumulated over three micro-batches; the second one has a zero vector.

Expect: GA201 nonfinite-op pow
"""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(3, 5)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)


def spread(rows):
    return (rows - rows[:1]).square().sum(1).pow(0.5)  # BORN


for _ in range(2):
    for micro in range(3):
        out = model(torch.randn(4, 3))
        if micro == 1:
            out = out * 0
        loss = spread(out).mean() / 3
        loss.backward()
    optimizer.step()
    optimizer.zero_grad()
