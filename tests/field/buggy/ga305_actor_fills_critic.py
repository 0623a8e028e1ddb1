"""Actor and critic in a dict: the actor's loss runs through the critic, which is cleared too early."""

import torch
from torch import nn

torch.manual_seed(3)
agents = {"actor": nn.Linear(4, 2), "critic": nn.Linear(6, 1)}
optim = {k: torch.optim.RMSprop(m.parameters(), lr=1e-3) for k, m in agents.items()}


def q(s, a):
    return agents["critic"](torch.cat([s, a], 1))


for _ in range(20):
    s, a, r = torch.randn(8, 4), torch.randn(8, 2), torch.randn(8, 1)
    critic_loss = (q(s, a) - r).pow(2).mean()
    critic_loss.backward()
    optim["critic"].step()
    optim["critic"].zero_grad()
    actor_loss = -q(s, agents["actor"](s)).mean()
    actor_loss.backward()
    optim["actor"].step()
    optim["actor"].zero_grad()
