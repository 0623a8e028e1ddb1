"""REINFORCE with a learned baseline: advantages detached, entropy bonus, returns from python floats."""
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(22)
policy, value = nn.Linear(3, 2), nn.Linear(3, 1)
opt = torch.optim.Adam([*policy.parameters(), *value.parameters()], lr=1e-2)
baseline = 0.0
for episode in range(10):
    s = torch.randn(3)
    logps, values, rewards, entropies = [], [], [], []
    for t in range(8):
        dist = Categorical(logits=policy(s))
        a = dist.sample()
        logps.append(dist.log_prob(a))
        entropies.append(dist.entropy())
        values.append(value(s).squeeze(0))
        rewards.append(1.0 if a.item() == int(s[0] > 0) else 0.0)
        s = torch.randn(3)
    returns, g = [], 0.0
    for r in reversed(rewards):
        g = r + 0.9 * g
        returns.insert(0, g)
    R = torch.tensor(returns)
    R = (R - R.mean()) / (R.std() + 1e-8)
    V = torch.stack(values)
    adv = R - V.detach()
    loss = -(torch.stack(logps) * adv).sum() + 0.5 * (V - R).pow(2).sum() - 0.01 * torch.stack(entropies).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    baseline = 0.9 * baseline + 0.1 * sum(rewards)
    print(f"{loss.item():.4f} {baseline:.3f}")
