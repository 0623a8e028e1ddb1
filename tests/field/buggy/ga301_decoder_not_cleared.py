"""The encoder's zero_grad is called, the optimizer holds the decoder as well."""

import torch
from torch import nn

torch.manual_seed(2)
encoder, decoder = nn.Linear(6, 3), nn.Linear(3, 6)
opt = torch.optim.RMSprop(list(encoder.parameters()) + list(decoder.parameters()), lr=1e-3)
for _ in range(10):
    x = torch.randn(8, 6)
    encoder.zero_grad()
    ((decoder(encoder(x).relu()) - x) ** 2).mean().backward()
    opt.step()
