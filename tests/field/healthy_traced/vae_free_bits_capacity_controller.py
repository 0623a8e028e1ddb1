"""VAE whose KL weight is set by a PI controller on .item() values, free bits by max with a constant, capacity |KL - C|."""
import torch
from torch import nn

torch.manual_seed(85)
enc, dec = nn.Linear(6, 4), nn.Linear(2, 6)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=1e-2)
integral, C = 0.0, 0.0
for step in range(15):
    x = torch.randn(16, 6)
    m, s = enc(x).chunk(2, 1)
    z = m + torch.randn_like(m) * (0.5 * s).exp()
    rec = (dec(z) - x).pow(2).sum(1).mean()
    kld = -0.5 * (1 + s - m.pow(2) - s.exp())
    kl = torch.clamp(kld.mean(0), min=0.05).sum()
    error = 1.0 - kl.item()
    integral += 0.01 * error
    beta = min(1.0, max(0.0, 0.1 - integral))
    loss = rec + beta * kl + 0.1 * (kl - C).abs()
    opt.zero_grad()
    loss.backward()
    opt.step()
    C = min(2.0, C + 0.1)
    print(f"{loss.item():.4f} {beta:.4f}")
