"""PPO: old log-probabilities and values collected under no_grad, ratio and clip, several epochs."""
import torch
from torch import nn
from torch.distributions import Normal

torch.manual_seed(15)
policy, value = nn.Linear(3, 1), nn.Linear(3, 1)
log_std = nn.Parameter(torch.zeros(1))
opt = torch.optim.Adam([*policy.parameters(), log_std, *value.parameters()], lr=3e-3)
for _ in range(3):
    with torch.no_grad():
        s = torch.randn(32, 3)
        dist = Normal(policy(s), log_std.exp())
        a = dist.sample()
        old = dist.log_prob(a)
        r = -(a - s[:, :1]).square()
        adv = r - value(s)
        adv = (adv - adv.mean()) / (adv.std() + 1e-8)
    for _ in range(3):
        dist = Normal(policy(s), log_std.exp())
        ratio = (dist.log_prob(a) - old).exp()
        surrogate = torch.min(ratio * adv, ratio.clamp(0.8, 1.2) * adv)
        loss = -surrogate.mean() + 0.5 * (value(s) - r).square().mean()
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(policy.parameters(), 0.5)
        opt.step()
