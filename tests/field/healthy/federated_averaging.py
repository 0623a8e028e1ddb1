"""Federated averaging: client copies with fresh optimizers each round, the server takes the mean by load_state_dict."""
import copy

import torch
from torch import nn

torch.manual_seed(103)
server = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
for round_ in range(4):
    states = []
    for client in range(3):
        local = copy.deepcopy(server)
        opt = torch.optim.SGD(local.parameters(), lr=0.05)
        for _ in range(3):
            x = torch.randn(8, 4) + client
            loss = (local(x) - x[:, :1]).pow(2).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
        states.append(local.state_dict())
    server.load_state_dict({k: torch.stack([s[k] for s in states]).mean(0) for k in states[0]})
print(loss.item())
