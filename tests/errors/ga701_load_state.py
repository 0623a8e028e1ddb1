"""The best weights are loaded back before the loss of this batch has run backward."""

# expect: GA701 inplace-edit
# exit: 1
# parameters: 1
import copy

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
best = copy.deepcopy(model.state_dict())
for step in range(6):
    x = torch.randn(6, 4)
    loss = (model(x) - x.sum(1, keepdim=True)).square().mean()
    if step == 3:
        model.load_state_dict(best)  # HERE
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
