"""Natural-gradient actor by hand (damped Fisher from per-sample gradients), critic with Adam."""
import torch
from torch import nn

torch.manual_seed(17)
actor = nn.Linear(4, 3)
critic = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
critic_opt = torch.optim.Adam(critic.parameters(), lr=1e-2)
for step in range(20):
    s = torch.randn(64, 4) * torch.tensor([3.0, 1.0, 0.1, 0.03])
    dist = torch.distributions.Categorical(logits=actor(s))
    a = dist.sample()
    reward = (a == (s[:, 0] > 0).long()).float()
    value = critic(s).squeeze(1)
    critic_loss = ((value - reward) ** 2).mean()
    critic_opt.zero_grad()
    critic_loss.backward()
    critic_opt.step()
    actor.zero_grad()
    policy_loss = -(dist.log_prob(a) * (reward - value.detach())).mean()
    policy_loss.backward()
    with torch.no_grad():
        probs = torch.softmax(actor(s), 1)
        err = torch.nn.functional.one_hot(a, 3).float() - probs
        score = torch.cat([torch.einsum("bi,bj->bij", err, s).flatten(1), err], 1)
        fisher = score.T @ score / 64 + 1e-4 * torch.eye(score.shape[1])
        flat = torch.cat([p.grad.flatten() for p in actor.parameters()])
        move = torch.linalg.solve(fisher, flat)
        move *= (0.02 / (move @ flat).clamp_min(1e-8)).sqrt()
        at = 0
        for p in actor.parameters():
            p -= move[at : at + p.numel()].view_as(p)
            at += p.numel()
print(critic_loss.item(), reward.mean().item())
