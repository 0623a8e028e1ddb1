"""The first optimizer holds a model that only the second one's loss reaches, and all is cleared before it steps."""

import torch
from torch import nn

torch.manual_seed(6)
net, critic, tail = nn.Linear(4, 3), nn.Linear(4, 5), nn.Linear(5, 1)
first = torch.optim.Adam([*net.parameters(), *critic.parameters()], lr=1e-3)
second = torch.optim.Adam(tail.parameters(), lr=1e-3)


def clear():
    first.zero_grad()
    second.zero_grad()


for _ in range(22):
    x = torch.randn(8, 4)
    clear()
    nn.functional.cross_entropy(net(x), torch.randint(0, 3, (8,))).backward()
    first.step()
    clear()
    tail(critic(x).tanh()).pow(2).mean().backward()
    second.step()
