"""TD3: clipped double Q, target smoothing, the policy and the targets are updated every second critic step."""
import copy

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(39)
actor = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 1), nn.Tanh())


class Twin(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 1))
        self.b = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 1))

    def forward(self, s, u):
        x = torch.cat([s, u], 1)
        return self.a(x), self.b(x)


critic = Twin()
actor_t, critic_t = copy.deepcopy(actor), copy.deepcopy(critic)
oa = torch.optim.Adam(actor.parameters(), 1e-3)
oc = torch.optim.Adam(critic.parameters(), 1e-3)
for it in range(40):
    s, u, r, s2 = torch.randn(16, 3), torch.rand(16, 1), torch.randn(16, 1), torch.randn(16, 3)
    with torch.no_grad():
        noise = (0.2 * torch.randn(16, 1)).clamp(-0.5, 0.5)
        target = r + 0.98 * torch.min(*critic_t(s2, (actor_t(s2) + noise).clamp(-1, 1)))
    qa, qb = critic(s, u)
    loss = F.mse_loss(qa, target) + F.mse_loss(qb, target)
    oc.zero_grad()
    loss.backward()
    oc.step()
    if it % 2 == 0:
        policy_loss = -critic.a(torch.cat([s, actor(s)], 1)).mean()
        oa.zero_grad()
        policy_loss.backward()
        oa.step()
        for net, old in ((actor, actor_t), (critic, critic_t)):
            for p, t in zip(net.parameters(), old.parameters()):
                t.data.copy_(0.005 * p.data + 0.995 * t.data)
print(loss.item(), policy_loss.item())
