"""A forward algorithm that starts from minus infinity, written so that it stays differentiable.

Expect: nothing
"""

import torch
from torch import nn

torch.manual_seed(0)
emit = nn.Linear(4, 3)
optimizer = torch.optim.SGD(emit.parameters(), lr=0.1)
for _ in range(4):
    logs = emit(torch.randn(6, 4)).log_softmax(-1)
    alpha = torch.cat([logs[0, :1], torch.full((2,), float("-inf"))])
    for row in logs[1:]:
        moved = torch.cat([torch.full((1,), -1e4), alpha[:-1].clamp_min(-1e4)])
        alpha = torch.logaddexp(alpha.clamp_min(-1e4), moved) + row
    loss = -alpha[-1]
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
