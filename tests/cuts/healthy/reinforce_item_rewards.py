"""REINFORCE: returns made of Python floats, turned into a tensor."""
import torch
from torch import nn
from torch.distributions import Bernoulli

torch.manual_seed(16)
policy = nn.Linear(2, 1)
opt = torch.optim.SGD(policy.parameters(), lr=0.05)
for episode in range(6):
    log_probs, rewards = [], []
    s = torch.randn(2)
    for t in range(8):
        dist = Bernoulli(logits=policy(s))
        a = dist.sample()
        log_probs.append(dist.log_prob(a))
        rewards.append(a.item() * s[0].item())
        s = torch.randn(2)
    returns, total = [], 0.0
    for r in reversed(rewards):
        total = r + 0.9 * total
        returns.insert(0, total)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + 1e-6)
    loss = -(torch.cat(log_probs) * returns).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
