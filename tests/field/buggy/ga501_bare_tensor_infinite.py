"""A bare tensor with an infinite slope, eight attempts."""

import torch

w = torch.zeros(12, requires_grad=True)
opt = torch.optim.RMSprop([w], lr=0.1)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
for _ in range(8):
    opt.zero_grad()
    scaler.scale(w.abs().sqrt().sum()).backward()
    scaler.step(opt)
    scaler.update()
