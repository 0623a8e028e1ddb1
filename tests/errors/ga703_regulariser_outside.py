"""A penalty on the weights is computed once and added to every loss."""

# expect: GA703 reused-graph
# exit: 1
# tensor: penalty
import torch
from torch import nn


def l2(model):
    return sum(p.pow(2).sum() for p in model.parameters())


torch.manual_seed(0)
model = nn.Linear(4, 2)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
penalty = 1e-3 * l2(model)  # HERE
for _ in range(3):
    x = torch.randn(6, 4)
    loss = model(x).square().mean() + penalty
    opt.zero_grad()
    loss.backward()
    opt.step()
