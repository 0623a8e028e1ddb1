"""Statistics of batch norms are reset and changed through .data between epochs."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for _epoch in range(4):
    model[1].running_mean.data.zero_()
    model[1].running_var.data.fill_(1)
    for x in torch.randn(3, 6, 4):
        opt.zero_grad()
        model(x).square().mean().backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        model(torch.randn(6, 4))
    model.train()
