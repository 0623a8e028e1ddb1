"""A scale is assigned through .data after it has been used."""

# expect: GA704 data-attribute
# tensor: scale
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(4, 4)
scale = nn.Parameter(torch.ones(4))
opt = torch.optim.SGD([*model.parameters(), scale], lr=0.1)
for _ in range(4):
    out = model(torch.randn(8, 4)) * scale  # SAVED
    scale.data = torch.full((4,), 0.5)  # HERE
    opt.zero_grad()
    out.square().mean().backward()
    opt.step()
