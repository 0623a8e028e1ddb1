"""One of two bare tensors was made without requires_grad."""

import torch

torch.manual_seed(3)
slope = torch.randn(3, requires_grad=True)
shift = torch.zeros(3)
opt = torch.optim.RMSprop([slope, shift], lr=0.01)
for _ in range(5):
    x = torch.randn(8, 3)
    loss = (x * slope + shift - 2).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
