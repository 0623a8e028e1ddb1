"""Weights normalised."""

# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn

m = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 1))
o = torch.optim.Adam(m.parameters())


@torch.no_grad()
def normalise(model):
    for mod in model.modules():
        if isinstance(mod, nn.Linear):
            mod.weight.div_(mod.weight.norm(dim=1, keepdim=True))  # HERE


for _ in range(2):
    loss = m(torch.randn(3, 4)).square().mean()
    normalise(m)
    o.zero_grad()
    loss.backward()
    o.step()
