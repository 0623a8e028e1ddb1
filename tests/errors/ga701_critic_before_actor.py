"""Critic before actor."""

# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn


class Agent:
    def __init__(self):
        self.actor = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2), nn.Tanh())
        self.critic = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 1))
        self.a_opt = torch.optim.Adam(self.actor.parameters())
        self.c_opt = torch.optim.Adam(self.critic.parameters())

    def update(self, s):
        a = self.actor(s)
        q = self.critic(torch.cat([s, a], 1))
        actor_loss = -q.mean()
        critic_loss = (self.critic(torch.cat([s, a.detach()], 1)) - 1).square().mean()
        self.c_opt.zero_grad()
        critic_loss.backward()
        self.c_opt.step()  # HERE
        self.a_opt.zero_grad()
        actor_loss.backward()
        self.a_opt.step()


torch.manual_seed(0)
ag = Agent()
for _ in range(3):
    ag.update(torch.randn(4, 3))
