"""Log-probabilities of episodes that get longer, one backward each."""

import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)
policy = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2))
opt = torch.optim.Adam(policy.parameters(), lr=1e-2)


class Agent:
    def __init__(self):
        self.log_probs, self.rewards = [], []

    def act(self, s):
        d = Categorical(logits=policy(s))
        a = d.sample()
        self.log_probs.append(d.log_prob(a))
        self.rewards.append(float(a == 0))

    def learn(self):
        returns = torch.tensor(self.rewards).flip(0).cumsum(0).flip(0)
        loss = -(torch.stack(self.log_probs) * (returns - returns.mean())).sum()
        opt.zero_grad()
        loss.backward()
        opt.step()
        self.log_probs.clear()
        self.rewards.clear()


agent = Agent()
for episode in range(12):
    for _ in range(4 + 2 * episode):
        agent.act(torch.randn(3))
    agent.learn()
