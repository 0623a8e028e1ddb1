"""exp(logp - logp.detach()): value one, gradient of logp."""
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)
policy = nn.Linear(4, 3)
opt = torch.optim.SGD(policy.parameters(), lr=0.1)
for _ in range(6):
    dist = Categorical(logits=policy(torch.randn(8, 4)))
    a = dist.sample()
    logp = dist.log_prob(a)
    adv = (a == 1).float() - 0.3
    loss = -((logp - logp.detach()).exp() * adv).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
