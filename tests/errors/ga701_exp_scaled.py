"""The result of exp is scaled in place by a helper in the same file."""

# expect: GA701 inplace-edit
# exit: 1
# tensor: weights
import torch
from torch import nn


def normalise_(weights):
    weights.div_(weights.sum(dim=-1, keepdim=True).detach())  # HERE
    return weights


torch.manual_seed(0)
scorer = nn.Linear(4, 4)
optimizer = torch.optim.SGD(scorer.parameters(), lr=0.1)
for _step in range(3):
    x = torch.randn(5, 4)
    attention = normalise_(scorer(x).exp())  # SAVED
    loss = (attention * x).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
