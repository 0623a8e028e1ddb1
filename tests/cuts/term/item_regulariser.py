"""KL term added with .item()."""
# expect: GA103 rewrapped-value: enc.weight
import torch
from torch import nn


class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(6, 4)
        self.dec = nn.Linear(2, 6)

    def forward(self, x):
        mu, log_var = self.enc(x).chunk(2, -1)
        z = mu + torch.randn_like(mu) * (0.5 * log_var).exp()
        return self.dec(z), mu, log_var


torch.manual_seed(1)
vae = Vae()
opt = torch.optim.Adam(vae.parameters(), lr=1e-2)
for _ in range(5):
    x = torch.randn(8, 6)
    recon, mu, log_var = vae(x)
    recon_loss = nn.functional.mse_loss(recon, x)
    kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).mean()
    loss = recon_loss + 0.1 * kl.item()  # CUT
    opt.zero_grad()
    loss.backward()
    opt.step()
