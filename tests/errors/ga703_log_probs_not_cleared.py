"""Log probs not cleared."""

# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn
from torch.distributions import Categorical

pi = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
o = torch.optim.SGD(pi.parameters(), lr=0.1)


class Buf:
    def __init__(self):
        self.lp = []


buf = Buf()


def run():
    for _ in range(4):
        d = Categorical(logits=pi(torch.randn(3)))
        buf.lp.append(d.log_prob(d.sample()))  # HERE


def update():
    loss = -torch.stack(buf.lp).sum()
    o.zero_grad()
    loss.backward()
    o.step()


for _ in range(3):
    run()
    update()
