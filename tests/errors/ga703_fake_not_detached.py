"""Fake not detached."""

# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn

G = nn.Sequential(nn.Linear(2, 4), nn.Tanh())
D = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))
og = torch.optim.SGD(G.parameters(), lr=0.1)
od = torch.optim.SGD(D.parameters(), lr=0.1)
for _ in range(3):
    fake = G(torch.randn(5, 2))  # HERE
    d_loss = D(fake).mean() - D(torch.randn(5, 4)).mean()
    od.zero_grad()
    d_loss.backward()
    od.step()
    g_loss = -D(fake).mean()
    og.zero_grad()
    g_loss.backward()
    og.step()
