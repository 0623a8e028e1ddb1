"""A variational guide with a data-dependent branch: one of its parameters is left out of some steps.

Source: pyro-ppl/pyro PR#2388 (same mechanism, in plain torch).
"""

import torch
from torch import nn
from torch.distributions import Bernoulli, Normal, kl_divergence


class Guide(nn.Module):
    def __init__(self):
        super().__init__()
        self.loc = nn.Parameter(torch.zeros(2))
        self.log_scale = nn.Parameter(torch.zeros(2))
        self.tail_shift = nn.Parameter(torch.zeros(2))

    def forward(self, rainy):
        loc = self.loc
        if rainy:
            loc = loc + self.tail_shift
        return Normal(loc, self.log_scale.exp())


def elbo(guide, observation, rainy):
    q = guide(rainy)
    z = q.rsample()
    prior = Normal(torch.zeros(2), torch.ones(2))
    likelihood = Normal(z, 1.0).log_prob(observation).sum()
    return likelihood - kl_divergence(q, prior).sum()


torch.manual_seed(6)
guide = Guide()
optimizer = torch.optim.Adam(guide.parameters(), lr=0.02)
weather = Bernoulli(0.4)

history = []
for step in range(40):
    rainy = bool(weather.sample())
    observation = torch.tensor([0.6, -0.5]) + (1.0 if rainy else 0.0) + 0.3 * torch.randn(2)
    optimizer.zero_grad()
    loss = -elbo(guide, observation, rainy)
    loss.backward()
    optimizer.step()
    history.append(loss.item())

print("first 10:", sum(history[:10]) / 10, "last 10:", sum(history[-10:]) / 10)
