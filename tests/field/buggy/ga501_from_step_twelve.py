"""In a trainer the data turn bad at step 12 of 25, and unscale_ and clipping are there."""

import torch
from torch import nn


class Amp:
    def __init__(self):
        self.net = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1))
        self.opt = torch.optim.AdamW(self.net.parameters(), lr=1e-3)
        self.scaler = torch.amp.GradScaler("cpu", init_scale=128.0)

    def step(self, x):
        self.opt.zero_grad()
        self.scaler.scale(self.net(x).pow(2).mean()).backward()
        self.scaler.unscale_(self.opt)
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.scaler.step(self.opt)
        self.scaler.update()


torch.manual_seed(2)
amp = Amp()
for k in range(25):
    amp.step(torch.randn(6, 4) / (0.0 if k >= 12 else 1.0))
