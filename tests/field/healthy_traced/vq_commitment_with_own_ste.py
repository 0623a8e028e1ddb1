"""VQ with two detached terms, straight-through codes, perplexity under no_grad, dead codes revived through data."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(63)


class Quantiser(nn.Module):
    def __init__(self, k=8, d=4):
        super().__init__()
        self.codes = nn.Embedding(k, d)
        self.codes.weight.data.uniform_(-0.5, 0.5)

    def forward(self, z):
        d = torch.cdist(z, self.codes.weight)
        idx = d.argmin(1)
        e = self.codes(idx)
        loss = F.mse_loss(e, z.detach()) + 0.25 * F.mse_loss(z, e.detach())
        e = z + (e - z).detach()
        with torch.no_grad():
            p = F.one_hot(idx, 8).float().mean(0)
            perplexity = torch.exp(-(p * (p + 1e-10).log()).sum())
        return e, loss, perplexity, idx


enc, q, dec = nn.Linear(6, 4), Quantiser(), nn.Linear(4, 6)
opt = torch.optim.Adam([*enc.parameters(), *q.parameters(), *dec.parameters()], lr=1e-2)
for step in range(15):
    x = torch.randn(16, 6)
    z = enc(x)
    e, vq, perplexity, idx = q(z)
    loss = F.mse_loss(dec(e), x) + vq
    opt.zero_grad()
    loss.backward()
    opt.step()
    dead = torch.bincount(idx, minlength=8) == 0
    if step % 5 == 4 and dead.any():
        q.codes.weight.data[dead] = z.detach()[torch.randint(0, 16, (int(dead.sum()),))]
    print(f"{loss.item():.4f} {perplexity.item():.3f}")
