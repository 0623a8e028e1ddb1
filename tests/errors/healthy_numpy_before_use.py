"""An array is changed before the tensor that shares it is used, and after its backward."""

import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
buffer = np.zeros((5, 4), np.float32)
for step in range(8):
    x = torch.as_tensor(buffer)
    buffer[:] = np.sin(np.arange(20).reshape(5, 4) + step)
    loss = model(x).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    buffer[:] = 0
