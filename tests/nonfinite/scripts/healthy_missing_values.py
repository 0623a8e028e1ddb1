"""Missing inputs and missing targets, left out before anything is computed with them.

Expect: nothing
"""

import torch
from torch import nn

torch.manual_seed(0)
data, target = torch.randn(24, 4), torch.randn(24, 2)
data[torch.rand(24, 4) < 0.2] = float("nan")
target[torch.rand(24, 2) < 0.2] = float("nan")
model = nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for x, y in zip(data.split(8), target.split(8), strict=True):
    known = ~torch.isnan(x)
    inputs = torch.cat([torch.nan_to_num(x), known.float()], dim=1)
    out = model(inputs)
    present = ~torch.isnan(y)
    loss = (out[present] - y[present]).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
