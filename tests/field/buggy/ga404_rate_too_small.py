"""The encoder's group has a learning rate of 1e-15."""

import torch
from torch import nn

torch.manual_seed(5)
encoder, head = nn.Linear(4, 4), nn.Linear(4, 1)
opt = torch.optim.SGD(
    [{"params": encoder.parameters(), "lr": 1e-15}, {"params": head.parameters()}], lr=0.1
)
for _ in range(25):
    x = torch.randn(8, 4)
    loss = (head(encoder(x).tanh()) - x[:, :1]).pow(2).mean()
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()
