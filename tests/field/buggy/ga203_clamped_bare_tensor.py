"""A clamp holds a bare parameter outside its range."""

import torch

torch.manual_seed(2)
theta = torch.tensor([4.0, 5.0], requires_grad=True)
phi = torch.tensor([0.1, 0.2], requires_grad=True)
opt = torch.optim.Adam([theta, phi], lr=1e-2)
for _ in range(15):
    x = torch.randn(9, 2)
    loss = ((x * theta.clamp(0, 1)).sum(1) - (x * phi).sum(1)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
