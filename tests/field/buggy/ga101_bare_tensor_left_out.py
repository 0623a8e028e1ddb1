"""A polynomial fit on bare tensors forgets its quadratic term."""

import torch

torch.manual_seed(3)
slope = torch.zeros(1, requires_grad=True)
offset = torch.zeros(1, requires_grad=True)
curvature = torch.zeros(1, requires_grad=True)
optim = torch.optim.RMSprop([slope, offset, curvature], lr=0.01)
xs = torch.linspace(-1, 1, 40)
ys = 2 * xs**2 - xs + 0.3
for epoch in range(30):
    pred = slope * xs + offset
    err = torch.mean((pred - ys) ** 2)
    optim.zero_grad()
    err.backward()
    optim.step()
