"""Soft actor-critic on a toy: twin critics, soft targets, temperature as a one-element Parameter with its own Adam."""
import copy

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(38)


class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 32), nn.ReLU())
        self.mu, self.log_std = nn.Linear(32, 1), nn.Linear(32, 1)

    def sample(self, s):
        h = self.body(s)
        std = self.log_std(h).clamp(-5, 2).exp()
        dist = torch.distributions.Normal(self.mu(h), std)
        u = dist.rsample()
        a = torch.tanh(u)
        return a, (dist.log_prob(u) - torch.log(1 - a**2 + 1e-6)).sum(-1, keepdim=True)


def q():
    return nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1))


actor, q1, q2 = Actor(), q(), q()
t1, t2 = copy.deepcopy(q1), copy.deepcopy(q2)
log_alpha = nn.Parameter(torch.zeros(1))
actor_opt = torch.optim.Adam(actor.parameters(), lr=3e-4)
critic_opt = torch.optim.Adam([*q1.parameters(), *q2.parameters()], lr=3e-4)
alpha_opt = torch.optim.Adam([log_alpha], lr=3e-4)
for step in range(30):
    s, a, r, s2 = torch.randn(32, 3), torch.rand(32, 1) * 2 - 1, torch.randn(32, 1), torch.randn(32, 3)
    with torch.no_grad():
        a2, lp2 = actor.sample(s2)
        x2 = torch.cat([s2, a2], 1)
        y = r + 0.99 * (torch.min(t1(x2), t2(x2)) - log_alpha.exp() * lp2)
    x = torch.cat([s, a], 1)
    critic_loss = F.mse_loss(q1(x), y) + F.mse_loss(q2(x), y)
    critic_opt.zero_grad()
    critic_loss.backward()
    critic_opt.step()
    new, lp = actor.sample(s)
    xn = torch.cat([s, new], 1)
    actor_loss = (log_alpha.exp().detach() * lp - torch.min(q1(xn), q2(xn))).mean()
    actor_opt.zero_grad()
    actor_loss.backward()
    actor_opt.step()
    alpha_loss = -(log_alpha * (lp + 1.0).detach()).mean()
    alpha_opt.zero_grad()
    alpha_loss.backward()
    alpha_opt.step()
    with torch.no_grad():
        for net, target in ((q1, t1), (q2, t2)):
            for p, t in zip(net.parameters(), target.parameters()):
                t.mul_(0.995).add_(p, alpha=0.005)
print(critic_loss.item(), log_alpha.item())
