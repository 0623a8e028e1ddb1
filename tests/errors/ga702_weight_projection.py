"""Weight projection."""

# expect: GA702 inplace-edit
# exit: 1
import torch
from torch import nn

layers = nn.ModuleList([nn.Linear(3, 3) for _ in range(2)])
o = torch.optim.SGD(layers.parameters(), lr=0.1)


def project():
    for i in range(2):
        layers[i].weight /= layers[i].weight.norm()  # HERE


for _ in range(2):
    x = torch.randn(2, 3)
    for layer in layers:
        x = layer(x)
    o.zero_grad()
    x.sum().backward()
    o.step()
    project()
