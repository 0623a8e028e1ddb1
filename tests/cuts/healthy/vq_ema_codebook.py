"""VQ whose codebook is a buffer moved by an average under no_grad."""
import torch
import torch.nn.functional as F
from torch import nn


class EmaVq(nn.Module):
    def __init__(self, n=6, d=3, decay=0.9):
        super().__init__()
        self.decay = decay
        self.register_buffer("book", torch.randn(n, d))
        self.register_buffer("count", torch.ones(n))
        self.register_buffer("total", self.book.clone())

    def forward(self, z):
        index = torch.cdist(z.detach(), self.book).argmin(1)
        q = self.book[index]
        if self.training:
            with torch.no_grad():
                hot = F.one_hot(index, len(self.book)).float()
                self.count.lerp_(hot.sum(0), 1 - self.decay)
                self.total.lerp_(hot.T @ z, 1 - self.decay)
                self.book.copy_(self.total / self.count.clamp_min(1e-3)[:, None])
        return z + (q - z).detach(), F.mse_loss(z, q)


torch.manual_seed(8)
enc, vq, dec = nn.Linear(5, 3), EmaVq(), nn.Linear(3, 5)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=1e-2)
for _ in range(6):
    x = torch.randn(16, 5)
    q, commit = vq(enc(x))
    loss = F.mse_loss(dec(q), x) + 0.25 * commit
    opt.zero_grad()
    loss.backward()
    opt.step()
