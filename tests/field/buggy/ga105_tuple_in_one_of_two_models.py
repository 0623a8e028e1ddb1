"""Of an encoder and a decoder, the decoder keeps its layers in a tuple."""

import torch
from torch import nn


class Dec(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = (nn.Linear(4, 4), nn.Linear(4, 4))
        self.out = nn.Linear(4, 6)

    def forward(self, z):
        for layer in self.layers:
            z = layer(z).relu()
        return self.out(z)


torch.manual_seed(5)
enc, dec = nn.Linear(6, 4), Dec()
opt = torch.optim.Adam([{"params": enc.parameters()}, {"params": dec.parameters()}], lr=1e-3)
for _ in range(30):
    x = torch.randn(7, 6)
    opt.zero_grad()
    (dec(enc(x)) - x).pow(2).mean().backward()
    opt.step()
