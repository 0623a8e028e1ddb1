"""Greedy layer-wise training: each layer has its own loss on the detached output of the one before."""
import torch
from torch import nn

torch.manual_seed(8)
layers = nn.ModuleList(nn.Linear(5, 5) for _ in range(3))
heads = nn.ModuleList(nn.Linear(5, 2) for _ in range(3))
opt = torch.optim.SGD([*layers.parameters(), *heads.parameters()], lr=0.1)
for _ in range(6):
    h, y = torch.randn(8, 5), torch.randint(0, 2, (8,))
    loss = 0.0
    for layer, head in zip(layers, heads):
        h = torch.relu(layer(h.detach()))
        loss = loss + nn.functional.cross_entropy(head(h), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
