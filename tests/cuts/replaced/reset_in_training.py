"""A layer re-initialised by building a new one, in the middle of training."""
# expect: GA402 replaced-parameter: 2.weight 2.bias
# allow: GA401 GA101
import torch
from torch import nn

torch.manual_seed(1)
model = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)


def step():
    x = torch.randn(8, 4)
    loss = (model(x) - x[:, :1]).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


for i in range(8):
    if i == 2:
        model[2] = nn.Linear(5, 1)
    step()
