"""The hidden layer is edited through a NumPy view in one line."""

# expect: GA704 rewrapped-value
# tensor: h
import torch
from torch import nn

torch.manual_seed(0)
a, b = nn.Linear(4, 6), nn.Linear(6, 1)
opt = torch.optim.SGD([*a.parameters(), *b.parameters()], lr=0.1)
for _ in range(4):
    h = a(torch.randn(8, 4)).exp()  # SAVED
    h.detach().numpy()[:, 0] *= 2  # HERE
    opt.zero_grad()
    b(h).square().mean().backward()
    opt.step()
