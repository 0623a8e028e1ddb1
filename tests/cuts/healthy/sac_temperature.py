"""SAC-like: log_alpha trained on detached entropies, policy with detached alpha."""
import torch
from torch import nn

torch.manual_seed(37)
actor, critic = nn.Linear(3, 4), nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 1))
log_alpha = torch.zeros(1, requires_grad=True)
oa = torch.optim.Adam(actor.parameters(), lr=1e-3)
oc = torch.optim.Adam(critic.parameters(), lr=1e-3)
ol = torch.optim.Adam([log_alpha], lr=1e-3)


def act(s):
    mean, log_std = actor(s).chunk(2, -1)
    dist = torch.distributions.Normal(mean, log_std.clamp(-4, 1).exp())
    u = dist.rsample()
    a = u.tanh()
    return a, (dist.log_prob(u) - (1 - a.square() + 1e-6).log()).sum(-1, keepdim=True)


for _ in range(5):
    s, n, r = torch.randn(8, 3), torch.randn(8, 3), torch.randn(8, 1)
    a = torch.rand(8, 2) * 2 - 1
    with torch.no_grad():
        na, nlp = act(n)
        goal = r + 0.9 * (critic(torch.cat([n, na], 1)) - log_alpha.exp() * nlp)
    lc = (critic(torch.cat([s, a], 1)) - goal).square().mean()
    oc.zero_grad()
    lc.backward()
    oc.step()
    pa, lp = act(s)
    for p in critic.parameters():
        p.requires_grad = False
    la = (log_alpha.detach().exp() * lp - critic(torch.cat([s, pa], 1))).mean()
    oa.zero_grad()
    la.backward()
    oa.step()
    for p in critic.parameters():
        p.requires_grad = True
    ll = -(log_alpha * (lp + 2).detach()).mean()
    ol.zero_grad()
    ll.backward()
    ol.step()
