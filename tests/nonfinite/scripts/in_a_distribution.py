"""A scale of zero in a distribution: the operation is in torch, the line is the user's.

Expect: GA202 nonfinite-op div
"""

import torch
from torch import nn
from torch.distributions import Normal

torch.manual_seed(0)
policy = nn.Linear(4, 2)
optimizer = torch.optim.Adam(policy.parameters(), lr=1e-3)
for _ in range(3):
    mean, raw = policy(torch.randn(5, 4)).chunk(2, dim=-1)
    scale = torch.relu(raw)
    actions = mean.detach()
    chances = Normal(mean, scale, validate_args=False).log_prob(actions)  # BORN
    loss = -chances.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
