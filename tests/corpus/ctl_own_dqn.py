"""DQN on a little corridor: the target network is read under `no_grad` and copied now and then, never trained. Healthy."""

import random
from collections import deque

import torch
import torch.nn as nn


class Corridor:
    """Walk right to the end for a reward; five cells, two actions."""

    def reset(self):
        self.at = 0
        return self.observe()

    def observe(self):
        return torch.eye(5)[self.at]

    def step(self, action):
        self.at = max(0, min(4, self.at + (1 if action == 1 else -1)))
        done = self.at == 4
        return self.observe(), 1.0 if done else -0.05, done


class QNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(5, 24), nn.Tanh())
        self.value = nn.Linear(24, 2)

    def forward(self, s):
        return self.value(self.body(s))


random.seed(12)
torch.manual_seed(12)
policy_net = QNetwork()
target_net = QNetwork()
target_net.load_state_dict(policy_net.state_dict())
optimizer = torch.optim.AdamW(policy_net.parameters(), lr=2e-3, amsgrad=True)
memory = deque(maxlen=200)


def act(state, epsilon):
    if random.random() < epsilon:
        return random.randrange(2)
    with torch.no_grad():
        return int(policy_net(state).argmax())


def optimize(batch_size=24, gamma=0.9):
    batch = random.sample(memory, batch_size)
    states = torch.stack([b[0] for b in batch])
    actions = torch.tensor([b[1] for b in batch]).unsqueeze(1)
    rewards = torch.tensor([b[2] for b in batch])
    next_states = torch.stack([b[3] for b in batch])
    running = torch.tensor([0.0 if b[4] else 1.0 for b in batch])
    q = policy_net(states).gather(1, actions).squeeze(1)
    with torch.no_grad():
        target = rewards + gamma * running * target_net(next_states).max(1).values
    loss = nn.functional.smooth_l1_loss(q, target)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_value_(policy_net.parameters(), 100)
    optimizer.step()
    return loss.item()


env = Corridor()
state = env.reset()
updates = 0
while updates < 40:
    action = act(state, epsilon=0.5)
    next_state, reward, done = env.step(action)
    memory.append((state, action, reward, next_state, done))
    state = env.reset() if done else next_state
    if len(memory) < 40:
        continue
    loss = optimize()
    updates += 1
    if updates % 10 == 0:
        target_net.load_state_dict(policy_net.state_dict())
        print("update", updates, "loss", round(loss, 5))
