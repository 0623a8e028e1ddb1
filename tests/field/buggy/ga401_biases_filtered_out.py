"""A filter for weight decay keeps names with "weight" and forgets the rest."""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
opt = torch.optim.AdamW([p for n, p in net.named_parameters() if "weight" in n], lr=1e-3)
for _ in range(25):
    opt.zero_grad()
    nn.functional.cross_entropy(net(torch.randn(8, 4)), torch.randint(0, 2, (8,))).backward()
    opt.step()
