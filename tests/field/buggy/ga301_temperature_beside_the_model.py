"""The model's zero_grad does not know of the bare parameter beside it."""

import torch
from torch import nn

torch.manual_seed(7)
net = nn.Linear(6, 4)
temperature = nn.Parameter(torch.tensor(1.0))
opt = torch.optim.AdamW(
    [{"params": net.parameters()}, {"params": [temperature], "lr": 1e-4}], lr=1e-3
)
for _ in range(25):
    net.zero_grad()
    loss = nn.functional.cross_entropy(
        net(torch.randn(8, 6)) / temperature, torch.randint(0, 4, (8,))
    )
    loss.backward()
    opt.step()
