"""The norm of an input gradient that is zero has an infinite slope in the second backward.

Expect: GA201 nonfinite-op sqrt
"""

import torch
from torch import nn

torch.manual_seed(0)
critic = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
with torch.no_grad():
    critic[0].bias -= 5.0
optimizer = torch.optim.Adam(critic.parameters(), lr=1e-3)
for _ in range(3):
    x = torch.rand(5, 3, requires_grad=True)
    score = critic(x)
    (slope,) = torch.autograd.grad(score.sum(), x, create_graph=True)
    length = slope.square().sum(1).sqrt()  # BORN
    loss = score.mean() + 10 * (length - 1).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
