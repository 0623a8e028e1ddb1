"""REINFORCE where most episodes earn nothing, so most policy gradients are exactly zero and some are not."""
import torch
from torch import nn

torch.manual_seed(63)
policy = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 4))
opt = torch.optim.Adam(policy.parameters(), lr=1e-2)
wins = 0
for episode in range(60):
    log_probs = []
    hit = True
    for t in range(3):
        dist = torch.distributions.Categorical(logits=policy(torch.eye(3)[t]))
        a = dist.sample()
        log_probs.append(dist.log_prob(a))
        hit = hit and int(a) == t
    reward = 1.0 if hit else 0.0
    wins += hit
    loss = -torch.stack(log_probs).sum() * reward
    opt.zero_grad()
    loss.backward()
    opt.step()
print(wins)
