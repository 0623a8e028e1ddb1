"""Three models share one optimizer, and the third is never called."""

import itertools

import torch
from torch import nn

torch.manual_seed(2)
encoder, decoder, style = nn.Linear(5, 4), nn.Linear(4, 5), nn.Linear(5, 2)
parts = [encoder, decoder, style]
opt = torch.optim.SGD(itertools.chain(*(m.parameters() for m in parts)), lr=0.1)
for _ in range(4):
    x = torch.randn(6, 5)
    loss = (decoder(torch.tanh(encoder(x))) - x).pow(2).mean()
    loss.backward()
    opt.step()
    opt.zero_grad(set_to_none=True)
