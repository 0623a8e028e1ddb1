"""Gradients are cleared at the start of an epoch, and stepped after each batch."""

import torch
from torch import nn

torch.manual_seed(1)
model = nn.Linear(3, 1)
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(5):
    opt.zero_grad()
    for _ in range(5):
        x = torch.randn(6, 3)
        nn.functional.l1_loss(model(x), x[:, :1]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
