"""A binary bottleneck trained with the straight-through estimator: sign forward, identity backward. Healthy."""

import torch
import torch.nn as nn


class BinaryCode(nn.Module):
    def forward(self, x):
        soft = torch.tanh(x)
        hard = torch.where(soft >= 0, 1.0, -1.0)
        return soft + (hard - soft).detach()


class Autoencoder(nn.Module):
    def __init__(self, d=8, bits=6):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(d, 24), nn.ELU(), nn.Linear(24, bits))
        self.binary = BinaryCode()
        self.decode = nn.Sequential(nn.Linear(bits, 24), nn.ELU(), nn.Linear(24, d))

    def forward(self, x):
        code = self.binary(self.encode(x))
        return self.decode(code), code


torch.manual_seed(606)
basis = torch.randn(3, 8)
ae = Autoencoder()
opt = torch.optim.RMSprop(ae.parameters(), lr=2e-3)
for i in range(40):
    x = torch.randn(32, 3) @ basis
    recon, code = ae(x)
    loss = nn.functional.mse_loss(recon, x) + 0.01 * code.mean(0).pow(2).sum()
    opt.zero_grad(set_to_none=False)
    loss.backward()
    opt.step()
    if i % 10 == 0:
        print(i, loss.item(), "bits used:", int((code.std(0) > 0).sum()))
