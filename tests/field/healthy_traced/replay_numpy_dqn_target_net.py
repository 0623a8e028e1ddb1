"""Double DQN, replay in numpy, actions by argmax under no_grad, soft target update through state dicts."""
import copy
import random

import numpy as np
import torch
from torch import nn

torch.manual_seed(11)
random.seed(11)
np.random.seed(11)
q = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
target = copy.deepcopy(q).eval()
opt = torch.optim.RMSprop(q.parameters(), lr=1e-3)
memory = []
state = np.random.randn(4).astype(np.float32)
updates = 0
for step in range(60):
    if random.random() < max(0.1, 1 - step / 30):
        a = random.randrange(3)
    else:
        with torch.no_grad():
            a = int(q(torch.from_numpy(state)[None]).argmax(1))
    nxt = (0.9 * state + 0.1 * np.random.randn(4) + 0.05 * (a - 1)).astype(np.float32)
    memory.append((state, a, -float(np.abs(nxt).sum()), nxt, random.random() < 0.05))
    state = nxt
    if len(memory) < 20 or step % 2:
        continue
    s, a_, r, n, d = map(np.array, zip(*random.sample(memory, 16)))
    s, n = torch.as_tensor(s), torch.as_tensor(n)
    r, d = torch.as_tensor(r, dtype=torch.float32), torch.as_tensor(d, dtype=torch.float32)
    value = q(s).gather(1, torch.as_tensor(a_)[:, None]).squeeze(1)
    best = q(n).argmax(1, keepdim=True)
    y = r + 0.9 * (1 - d) * target(n).gather(1, best).squeeze(1).detach()
    td = y - value
    priorities = td.abs().detach().numpy() + 1e-3
    loss = nn.functional.smooth_l1_loss(value, y)
    opt.zero_grad()
    loss.backward()
    for p in q.parameters():
        p.grad.data.clamp_(-1, 1)
    opt.step()
    merged = {k: 0.95 * target.state_dict()[k] + 0.05 * v for k, v in q.state_dict().items()}
    target.load_state_dict(merged)
    updates += 1
print(updates, f"{loss.item():.5f} {priorities.mean():.5f}")
