"""An exponential moving average of the loss is kept with its graph by a meter."""

# expect: GA705 kept-graph
import torch
from torch import nn


class Meter:
    def __init__(self, decay=0.9):
        self.decay, self.value = decay, 0.0

    def update(self, loss):
        self.value = self.decay * self.value + (1 - self.decay) * loss  # HERE


torch.manual_seed(0)
meter = Meter()
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(10):
    x = torch.randn(8, 4)
    loss = (model(x) - 1).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    meter.update(loss)
