"""A NumPy buffer is filled with the next batch before the backward of this one."""

# expect: GA704 rewrapped-value
import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
rng = np.random.default_rng(0)
buffer = np.zeros((8, 4), np.float32)
model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
buffer[:] = rng.normal(size=(8, 4))
for _ in range(4):
    x = torch.as_tensor(buffer)
    loss = model(x).square().mean()
    buffer[:] = rng.normal(size=(8, 4))  # HERE
    opt.zero_grad()
    loss.backward()
    opt.step()
