"""DQN: targets under no_grad with argmax actions; gather on the taken ones."""
import copy
import random

import torch
from torch import nn

torch.manual_seed(13)
random.seed(0)
q_net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
target_net = copy.deepcopy(q_net)
opt = torch.optim.Adam(q_net.parameters(), lr=1e-3)
memory = []
state = torch.randn(4)
for step in range(30):
    with torch.no_grad():
        greedy = q_net(state).argmax().item()
    action = greedy if random.random() > 0.2 else random.randrange(2)
    following = torch.randn(4)
    memory.append((state, action, float(following[0] > 0), following))
    state = following
    if len(memory) < 10:
        continue
    s, a, r, n = zip(*random.sample(memory, 8))
    s, n = torch.stack(s), torch.stack(n)
    a, r = torch.tensor(a), torch.tensor(r)
    q = q_net(s).gather(1, a[:, None]).squeeze(1)
    with torch.no_grad():
        best = q_net(n).argmax(1, keepdim=True)
        goal = r + 0.9 * target_net(n).gather(1, best).squeeze(1)
    loss = nn.functional.smooth_l1_loss(q, goal)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 10 == 0:
        target_net.load_state_dict(q_net.state_dict())
