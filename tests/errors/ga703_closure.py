"""Closure."""

# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn

enc = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
head = nn.Linear(4, 1)
o = torch.optim.LBFGS([*enc.parameters(), *head.parameters()], max_iter=4)
x = torch.randn(8, 3)


def fit():
    z = enc(x)  # HERE

    def closure():
        o.zero_grad()
        loss = (head(z) - 1).square().mean()
        loss.backward()
        return loss

    o.step(closure)


fit()
