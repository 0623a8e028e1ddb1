"""A codebook that follows by a running average, through .data, and a straight-through output."""

import torch
from torch import nn


class Quantizer(nn.Module):
    def __init__(self):
        super().__init__()
        self.codes = nn.Embedding(6, 3)
        self.codes.weight.requires_grad_(False)

    def forward(self, z):
        index = torch.cdist(z, self.codes.weight).argmin(1)
        q = self.codes(index)
        if self.training:
            for i in range(6):
                if (index == i).any():
                    mean = z.detach()[index == i].mean(0)
                    self.codes.weight.data[i].mul_(0.9).add_(0.1 * mean)
        return z + (q - z).detach(), (z - q.detach()).square().mean()


torch.manual_seed(0)
enc, dec, vq = nn.Linear(4, 3), nn.Linear(3, 4), Quantizer()
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=1e-2)
for _ in range(8):
    x = torch.randn(12, 4)
    q, commit = vq(enc(x))
    loss = (dec(q) - x).square().mean() + 0.25 * commit
    opt.zero_grad()
    loss.backward()
    opt.step()
