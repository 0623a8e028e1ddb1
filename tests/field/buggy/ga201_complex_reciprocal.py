"""Complex filter taps that start at zero are divided by their magnitude."""

import torch

taps = torch.zeros(4, dtype=torch.complex64, requires_grad=True)
opt = torch.optim.SGD([taps], lr=0.1)
for _ in range(4):
    unit = taps / taps.abs()
    loss = (unit - 1j).abs().nan_to_num().sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
