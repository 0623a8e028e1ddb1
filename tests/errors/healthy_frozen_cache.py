"""A table of features is computed once, without gradients."""

import torch
from torch import nn

torch.manual_seed(0)
encoder, head = nn.Linear(4, 6), nn.Linear(6, 1)
opt = torch.optim.SGD(head.parameters(), lr=0.05)
with torch.no_grad():
    features = torch.relu(encoder(torch.randn(12, 4)))
for _ in range(8):
    opt.zero_grad()
    head(features).square().mean().backward()
    opt.step()
