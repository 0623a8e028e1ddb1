"""A hidden state that is detached between the batches."""

import torch
from torch import nn

torch.manual_seed(0)
lstm, head = nn.LSTM(3, 5), nn.Linear(5, 1)
opt = torch.optim.Adam([*lstm.parameters(), *head.parameters()])
hidden = None
for x in torch.randn(20, 4, 2, 3):
    out, hidden = lstm(x, hidden)
    hidden = tuple(h.detach() for h in hidden)
    opt.zero_grad()
    head(out).square().mean().backward()
    opt.step()
