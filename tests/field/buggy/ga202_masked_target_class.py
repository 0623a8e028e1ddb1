"""The target class itself is masked with minus infinity."""

import torch
import torch.nn.functional as F
from torch import nn


def step(model, opt, x, y, valid):
    logits = model(x).masked_fill(~valid, float("-inf"))
    loss = F.cross_entropy(logits, y)
    opt.zero_grad()
    loss.backward()
    opt.step()


torch.manual_seed(1)
model = nn.Linear(4, 3)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
valid = torch.tensor([True, True, False])
for _ in range(5):
    step(model, opt, torch.randn(6, 4), torch.tensor([0, 1, 2, 0, 1, 2]), valid)
