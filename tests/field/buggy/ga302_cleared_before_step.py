"""zero_grad stands between backward and step in a method."""

import torch
from torch import nn


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
        self.opt = torch.optim.Adam(self.parameters())

    def learn(self, s, r):
        loss = (self.net(s).max(1).values - r).pow(2).mean()
        loss.backward()
        self.zero_grad()
        self.opt.step()


torch.manual_seed(0)
agent = Agent()
for _ in range(25):
    agent.learn(torch.randn(8, 4), torch.randn(8))
