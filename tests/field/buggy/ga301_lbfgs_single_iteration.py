"""LBFGS with one iteration a step and no zero_grad anywhere."""

import torch
from torch import nn

torch.manual_seed(4)
m = nn.Linear(3, 2)
x, y = torch.randn(20, 3), torch.randint(0, 2, (20,))
lbfgs = torch.optim.LBFGS(m.parameters(), lr=0.1, max_iter=1)


def closure():
    loss = nn.functional.cross_entropy(m(x), y)
    loss.backward()
    return loss


for _ in range(6):
    lbfgs.step(closure)
