"""Predictions without gradients are collected over all epochs."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
history = {"val": [], "train": []}
predictions = []
for _epoch in range(8):
    for x in torch.randn(2, 6, 4):
        loss = model(x).square().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        history["train"].append(loss.item())
    with torch.no_grad():
        out = model(torch.randn(6, 4))
        predictions.append(out)
        history["val"].append(out.square().mean())
