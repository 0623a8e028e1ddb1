"""A replay buffer in numpy; actions of the policy come out through detach().numpy() and go into the buffer."""
import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(1)
torch.manual_seed(2)
actor, critic = nn.Linear(3, 1), nn.Linear(4, 1)
oa = torch.optim.Adam(actor.parameters(), lr=1e-3)
oc = torch.optim.Adam(critic.parameters(), lr=1e-2)
states, actions = np.zeros((32, 3), np.float32), np.zeros((32, 1), np.float32)
for step in range(8):
    s = rng.normal(size=3).astype(np.float32)
    a = actor(torch.from_numpy(s)).detach().numpy()
    states[step], actions[step] = s, a + rng.normal(scale=0.1, size=1)
    if step < 2:
        continue
    i = rng.integers(0, step, 4)
    bs, ba = torch.as_tensor(states[i]), torch.as_tensor(actions[i])
    lc = (critic(torch.cat([bs, ba], 1)) + ba.square() + bs[:, :1]).square().mean()
    oc.zero_grad()
    lc.backward()
    oc.step()
    la = -critic(torch.cat([bs, actor(bs)], 1)).mean()
    oa.zero_grad()
    la.backward()
    oa.step()
