"""Batches come from arrays that are shuffled after the step."""

import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
rng = np.random.default_rng(0)
data = rng.normal(size=(24, 4)).astype(np.float32)
for _epoch in range(3):
    for i in range(0, 24, 8):
        x = torch.from_numpy(data[i : i + 8])
        opt.zero_grad()
        model(x).square().mean().backward()
        opt.step()
    rng.shuffle(data)
