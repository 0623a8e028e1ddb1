"""A critic steps at every move, the actor once after a long episode."""

import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)
actor = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2))
critic = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
oa, oc = torch.optim.Adam(actor.parameters()), torch.optim.Adam(critic.parameters())
for _episode in range(2):
    log_probs, advantages = [], []
    for _move in range(20):
        s = torch.randn(3)
        d = Categorical(logits=actor(s))
        a = d.sample()
        advantage = float(a == 0) - critic(s)
        oc.zero_grad()
        advantage.square().sum().backward()
        oc.step()
        log_probs.append(d.log_prob(a))
        advantages.append(advantage.item())
    loss = -(torch.stack(log_probs) * torch.tensor(advantages)).mean()
    oa.zero_grad()
    loss.backward()
    oa.step()
