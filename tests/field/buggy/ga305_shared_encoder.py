"""Task B's loss leaves its gradient in the encoder, which only task A's optimizer steps."""

import torch
from torch import nn

torch.manual_seed(1)
encoder, head_a, head_b = nn.Linear(6, 4), nn.Linear(4, 2), nn.Linear(4, 1)
opt_a = torch.optim.SGD([*encoder.parameters(), *head_a.parameters()], lr=0.05)
opt_b = torch.optim.SGD(head_b.parameters(), lr=0.05)
for _ in range(15):
    x = torch.randn(8, 6)
    loss_a = nn.functional.cross_entropy(head_a(encoder(x).relu()), torch.randint(0, 2, (8,)))
    loss_a.backward()
    opt_a.step()
    opt_a.zero_grad()
    loss_b = head_b(encoder(x).relu()).pow(2).mean()
    loss_b.backward()
    opt_b.step()
    opt_b.zero_grad()
