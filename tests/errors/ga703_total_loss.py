"""A total of losses is run backward in every round and never begun anew."""

# expect: GA703 reused-graph
# exit: 1
# tensor: total
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.01)
total = 0
for x in torch.randn(5, 8, 4):
    total = total + model(x).square().mean()  # HERE
    opt.zero_grad()
    total.backward()
    opt.step()
