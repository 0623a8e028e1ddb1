"""rsample for the path, sample().detach() with log_prob for the score; a baseline by moving average of floats."""
import torch
from torch import nn
from torch.distributions import Normal

torch.manual_seed(14)
enc, dec = nn.Linear(4, 4), nn.Linear(2, 4)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=1e-2)
baseline = 0.0
for _ in range(6):
    x = torch.randn(8, 4)
    mu, s = enc(x).chunk(2, 1)
    q = Normal(mu, nn.functional.softplus(s) + 0.1)
    path = (dec(q.rsample()) - x).square().mean(1)
    z = q.sample()
    with torch.no_grad():
        cost = (dec(z) - x).square().mean(1)
    score = ((cost - baseline) * q.log_prob(z).sum(1)).mean()
    baseline = 0.9 * baseline + 0.1 * cost.mean().item()
    loss = path.mean() + 0.1 * score
    opt.zero_grad()
    loss.backward()
    opt.step()
