"""A gradient scaler looks for its scale and skips the first steps.

Expect: nothing
"""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0**124)
for _ in range(8):
    loss = nn.functional.mse_loss(model(torch.randn(8, 4) * 20), torch.randn(8, 1))
    optimizer.zero_grad()
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
