# expect: GA103 rewrapped-value:
import torch
from torch import nn


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(6, 4)
        self.dec = nn.Linear(2, 6)

    def forward(self, x):
        mu, logvar = self.enc(x).chunk(2, -1)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
        return self.dec(z), mu, logvar


v = VAE()
opt = torch.optim.Adam(v.parameters())
for _ in range(4):
    x = torch.randn(5, 6)
    rec, mu, logvar = v(x)
    mse = (rec - x).square().mean()
    kl = -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1).mean()
    loss = mse + 0.1 * kl.item()  # CUT
    opt.zero_grad()
    loss.backward()
    opt.step()
