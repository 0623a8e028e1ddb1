"""Sequences get longer with every step, and so does the graph of one loss."""

import torch
from torch import nn

torch.manual_seed(0)
rnn, head = nn.GRU(2, 4, batch_first=True), nn.Linear(4, 1)
opt = torch.optim.SGD([*rnn.parameters(), *head.parameters()], lr=0.05)
cell = nn.GRUCell(2, 4)
opt.add_param_group({"params": list(cell.parameters())})
for step in range(12):
    h = torch.zeros(3, 4)
    states = []
    for _t in range(2 + step):
        h = cell(torch.randn(3, 2), h)
        states.append(h)
    out, _ = rnn(torch.randn(3, 2 + step, 2))
    loss = head(torch.stack(states, 1)).square().mean() + head(out).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
