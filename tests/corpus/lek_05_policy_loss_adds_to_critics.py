"""The policy loss runs through the critics between their own backward and their step.

Source: watchernyu/REDQ PR#3.
"""

import torch
import torch.nn.functional as F
from torch import nn


def mlp(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, 16), nn.Tanh(), nn.Linear(16, outputs))


def soft_update(targets, critics, polyak=0.95):
    with torch.no_grad():
        for target, source in zip(targets.parameters(), critics.parameters()):
            target.mul_(polyak).add_((1 - polyak) * source)


torch.manual_seed(99)
policy = mlp(3, 1)
critics = nn.ModuleList(mlp(4, 1) for _ in range(3))
targets = nn.ModuleList(mlp(4, 1) for _ in range(3))
targets.load_state_dict(critics.state_dict())
targets.requires_grad_(False)
policy_optimizer = torch.optim.Adam(policy.parameters(), lr=1e-3)
q_optimizer = torch.optim.Adam(critics.parameters(), lr=1e-3)

for step in range(12):
    obs = torch.randn(20, 3)
    act = torch.rand(20, 1) * 2 - 1
    rew = -(obs[:, :1] - act).square()
    obs2 = 0.8 * obs

    # critics
    with torch.no_grad():
        pair2 = torch.cat([obs2, policy(obs2).tanh()], dim=1)
        chosen = torch.randperm(len(targets))[:2].tolist()
        y = rew + 0.9 * torch.min(targets[chosen[0]](pair2), targets[chosen[1]](pair2))
    pair = torch.cat([obs, act], dim=1)
    q_loss = sum(F.mse_loss(critic(pair), y) for critic in critics)
    q_optimizer.zero_grad()
    q_loss.backward()

    # policy
    proposed = torch.cat([obs, policy(obs).tanh()], dim=1)
    policy_loss = -torch.stack([critic(proposed) for critic in critics]).mean()
    policy_optimizer.zero_grad()
    policy_loss.backward()

    policy_optimizer.step()
    q_optimizer.step()
    soft_update(targets, critics)
    print(f"{step:2d} q {q_loss.item():.3f} policy {policy_loss.item():.3f}")
