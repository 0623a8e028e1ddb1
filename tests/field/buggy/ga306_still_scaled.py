"""Scaled gradients are clipped without unscale_."""

import torch
from torch import nn


class AMP:
    def __init__(self):
        self.model = nn.Sequential()
        self.model.fc1, self.model.fc2 = nn.Linear(4, 6), nn.Linear(6, 1)
        self.opt = torch.optim.SGD(self.model.parameters(), lr=0.01)
        self.scaler = torch.amp.GradScaler("cpu")

    def go(self):
        loss = self.model(torch.randn(8, 4)).pow(2).mean()
        self.opt.zero_grad()
        self.scaler.scale(loss).backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.scaler.step(self.opt)
        self.scaler.update()


torch.manual_seed(3)
amp = AMP()
for _ in range(5):
    amp.go()
