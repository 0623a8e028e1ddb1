"""The forward runs under no_grad, and a broad except hides what backward says."""

import torch
from torch import nn


def train(model, n):
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    bad = 0
    for _ in range(n):
        with torch.no_grad():
            out = model(torch.randn(3, 4))
        loss = out.pow(2).sum()
        try:
            opt.zero_grad()
            loss.backward()
            opt.step()
        except RuntimeError:
            bad += 1
    print("bad batches:", bad)


train(nn.Linear(4, 2), 10)
