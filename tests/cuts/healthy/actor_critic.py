"""Actor-critic with a shared body: the advantage is detached in the actor's loss."""
import torch
from torch import nn
from torch.distributions import Categorical


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 8), nn.Tanh())
        self.actor, self.critic = nn.Linear(8, 3), nn.Linear(8, 1)

    def forward(self, s):
        h = self.body(s)
        return Categorical(logits=self.actor(h)), self.critic(h).squeeze(-1)


torch.manual_seed(14)
net = ActorCritic()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for _ in range(6):
    s = torch.randn(20, 4)
    policy, value = net(s)
    action = policy.sample()
    reward = (action == 0).float()
    returns = reward.flip(0).cumsum(0).flip(0)
    advantage = (returns - value).detach()
    actor_loss = -(policy.log_prob(action) * advantage).mean()
    critic_loss = (returns - value).pow(2).mean()
    loss = actor_loss + 0.5 * critic_loss - 0.01 * policy.entropy().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
