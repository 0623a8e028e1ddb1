"""VQ-VAE: codebook and commitment losses with detach on opposite sides, argmin, straight-through."""
import torch
import torch.nn.functional as F
from torch import nn


class Vq(nn.Module):
    def __init__(self, n=8, d=4):
        super().__init__()
        self.book = nn.Embedding(n, d)

    def forward(self, z):
        distance = torch.cdist(z, self.book.weight)
        index = distance.argmin(1)
        q = self.book(index)
        loss = F.mse_loss(q, z.detach()) + 0.25 * F.mse_loss(z, q.detach())
        return z + (q - z).detach(), loss, index


class VqVae(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc, self.vq, self.dec = nn.Linear(6, 4), Vq(), nn.Linear(4, 6)

    def forward(self, x):
        z, vq_loss, index = self.vq(self.enc(x))
        return self.dec(z), vq_loss, index


torch.manual_seed(7)
model = VqVae()
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(8):
    x = torch.randn(32, 6)
    recon, vq_loss, index = model(x)
    used = torch.bincount(index, minlength=8).float()
    perplexity = (-(used / 32 * (used / 32 + 1e-9).log()).sum()).exp()
    loss = F.mse_loss(recon, x) + vq_loss
    opt.zero_grad()
    loss.backward()
    opt.step()
print(perplexity.item())
