"""Probabilities reach zero at step 3; the loss is Inf and nothing was traced.

Expect: GA202 nonfinite-op log
"""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def likelihood(scores, labels):
    probabilities = torch.softmax(scores, dim=1)
    chosen = probabilities[torch.arange(len(labels)), labels]
    return -torch.log(chosen).mean()  # BORN


for step in range(6):
    inputs = torch.randn(8, 4)
    labels = torch.randint(0, 3, (8,))
    scores = model(inputs)
    if step == 3:
        scores = scores * 1e4
    loss = likelihood(scores, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
