"""Array to helper."""

# certain: no
# expect: GA704 rewrapped-value
import torch
from torch import nn


def whiten(arr):
    arr -= arr.mean(0)  # HERE
    arr /= arr.std(0) + 1e-5


m = nn.Linear(3, 4)
h2 = nn.Linear(4, 1)
o = torch.optim.SGD([*m.parameters(), *h2.parameters()], lr=0.1)
for _ in range(3):
    h = torch.relu(m(torch.randn(6, 3)))
    whiten(h.detach().numpy())
    loss = h2(h).square().mean()
    o.zero_grad()
    loss.backward()
    o.step()
