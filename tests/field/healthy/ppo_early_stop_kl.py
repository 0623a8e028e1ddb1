"""PPO with several epochs; when the approximate KL is too large after a backward, the remaining epochs are dropped."""
import torch
from torch import nn

torch.manual_seed(62)


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.pi = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 2))
        self.v = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 1))


net = ActorCritic()
opt = torch.optim.Adam(net.parameters(), lr=3e-2)
stops = 0
for update in range(8):
    s = torch.randn(64, 4)
    with torch.no_grad():
        dist = torch.distributions.Categorical(logits=net.pi(s))
        a = dist.sample()
        old = dist.log_prob(a)
    ret = (a == (s[:, 0] > 0)).float()
    adv = ret - net.v(s).squeeze(1).detach()
    for epoch in range(6):
        dist = torch.distributions.Categorical(logits=net.pi(s))
        logp = dist.log_prob(a)
        ratio = (logp - old).exp()
        surrogate = torch.min(ratio * adv, ratio.clamp(0.8, 1.2) * adv).mean()
        loss = -surrogate + 0.5 * (net.v(s).squeeze(1) - ret).pow(2).mean() - 0.01 * dist.entropy().mean()
        opt.zero_grad()
        loss.backward()
        kl = ((ratio - 1) - (logp - old)).mean().item()
        if kl > 0.015:
            stops += 1
            break
        nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        opt.step()
print(stops, loss.item())
