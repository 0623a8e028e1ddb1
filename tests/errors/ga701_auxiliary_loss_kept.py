"""Auxiliary loss kept."""

# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn

m = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 1))
o = torch.optim.AdamW(m.parameters())
outs = []
for i in range(6):
    loss = m(torch.randn(4, 3)).square().mean()
    if i == 3:
        aux = m(torch.randn(4, 3)).square().mean()
        outs.append(aux)
    o.zero_grad()
    loss.backward()
    o.step()  # HERE
    if i == 4:
        outs[0].backward()
