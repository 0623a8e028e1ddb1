"""PPO: the rollout runs under no_grad into numpy, GAE in numpy, several epochs, early stop by KL item."""
import numpy as np
import torch
from torch import nn
from torch.distributions import Normal

torch.manual_seed(66)
rng = np.random.default_rng(66)
actor, critic = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1)), nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
log_std = nn.Parameter(torch.zeros(1))
opt = torch.optim.Adam([*actor.parameters(), *critic.parameters(), log_std], lr=3e-3)
for it in range(4):
    S, A, L, R, V = [], [], [], [], []
    s = rng.normal(size=3).astype(np.float32)
    for t in range(32):
        with torch.no_grad():
            st = torch.from_numpy(s)
            dist = Normal(actor(st), log_std.exp())
            a = dist.sample()
            S.append(s), A.append(a.numpy()), L.append(dist.log_prob(a).sum().item()), V.append(critic(st).item())
        R.append(-float((s.sum() - a.item()) ** 2))
        s = rng.normal(size=3).astype(np.float32)
    adv, last = np.zeros(32, np.float32), 0.0
    for t in reversed(range(32)):
        delta = R[t] + 0.9 * (V[t + 1] if t < 31 else 0) - V[t]
        adv[t] = last = delta + 0.9 * 0.95 * last
    S, A, L, adv_t, ret = (torch.tensor(np.array(v), dtype=torch.float32) for v in (S, A, L, adv, adv + np.array(V)))
    adv_t = (adv_t - adv_t.mean()) / (adv_t.std() + 1e-8)
    for epoch in range(4):
        dist = Normal(actor(S), log_std.exp())
        logp = dist.log_prob(A).sum(1)
        ratio = (logp - L).exp()
        pg = -torch.min(ratio * adv_t, ratio.clamp(0.8, 1.2) * adv_t).mean()
        vf = (critic(S).squeeze(1) - ret).pow(2).mean()
        loss = pg + 0.5 * vf - 0.01 * dist.entropy().mean()
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_([*actor.parameters(), *critic.parameters(), log_std], 0.5)
        opt.step()
        with torch.no_grad():
            kl = ((ratio - 1) - ratio.log()).mean().item()
        if kl > 0.05:
            break
    print(f"{loss.item():.4f} {kl:.5f}")
