"""VAE with a warm-up weight as float, sampling noise, free bits by clamp, KL logged."""
import torch
from torch import nn

torch.manual_seed(36)
enc, dec = nn.Linear(6, 4), nn.Linear(2, 6)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=1e-2)
for step in range(6):
    x = torch.randn(16, 6)
    mu, log_var = enc(x).chunk(2, 1)
    z = mu + torch.randn_like(mu) * (log_var / 2).exp()
    kl = -0.5 * (1 + log_var - mu.square() - log_var.exp()).mean(0)
    kl = kl.clamp_min(0.01).sum()
    recon = (dec(z) - x).square().mean()
    loss = recon + min(1.0, step / 4) * kl
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{recon.item():.3f} {kl.item():.3f}")
