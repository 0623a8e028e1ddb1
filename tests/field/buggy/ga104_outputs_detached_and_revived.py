"""Outputs are detached and told to require grad before the loss is taken."""

import torch
from torch import nn

torch.manual_seed(2)
scorer = nn.Linear(5, 2)
opt = torch.optim.Adam(scorer.parameters(), lr=1e-2)
for _ in range(20):
    x, y = torch.randn(8, 5), torch.randint(0, 2, (8,))
    logits = scorer(x).detach().requires_grad_()
    loss = nn.functional.cross_entropy(logits, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
