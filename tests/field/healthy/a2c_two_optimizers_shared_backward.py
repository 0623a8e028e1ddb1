"""A2C with separate nets and optimizers but one joint backward; entropy bonus; returns from a rollout."""
import torch
from torch import nn

torch.manual_seed(64)
actor = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 2))
critic = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
oa, oc = torch.optim.RMSprop(actor.parameters(), 7e-4), torch.optim.RMSprop(critic.parameters(), 7e-4)
for it in range(25):
    s = torch.randn(5, 4)
    dist = torch.distributions.Categorical(logits=actor(s))
    a = dist.sample()
    r = (a == (s[:, 0] > 0)).float()
    g, returns = 0.0, []
    for x in reversed(r.tolist()):
        g = x + 0.9 * g
        returns.insert(0, g)
    adv = torch.tensor(returns) - critic(s).squeeze(1)
    oa.zero_grad(), oc.zero_grad()
    (-(dist.log_prob(a) * adv.detach()).mean() - 0.01 * dist.entropy().mean()).backward()
    adv.pow(2).mean().backward()
    oa.step(), oc.step()
print(adv.pow(2).mean().item())
