"""A large embedding is frozen with the gradient of two of its rows left in place."""

import torch
from torch import nn

torch.manual_seed(3)
net = nn.Sequential()
net.emb, net.fc = nn.Embedding(4000, 8), nn.Linear(8, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for k in range(10):
    if k == 5:
        net.emb.weight.requires_grad = False
    if k < 5:
        net.emb.zero_grad()
    net.fc.zero_grad()
    net(torch.tensor([1234, 777])).sub(1).pow(2).mean().backward()
    opt.step()
