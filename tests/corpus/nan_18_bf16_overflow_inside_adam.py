"""In bfloat16 nobody checks for overflow: an infinite gradient turns Adam's weights into NaN.

Source: deepspeedai/DeepSpeed PR#8035.
"""

import torch
from torch import nn

torch.manual_seed(13)


class BF16Engine:
    def __init__(self, module, lr):
        self.module = module.to(torch.bfloat16)
        self.optimizer = torch.optim.Adam(self.module.parameters(), lr=lr)

    def __call__(self, batch):
        return self.module(batch.to(torch.bfloat16)).float().squeeze(-1)

    def backward(self, loss):
        loss.backward()

    def step(self):
        self.optimizer.step()
        self.optimizer.zero_grad()


def sensor_batches(count):
    for number in range(count):
        readings = torch.randn(8, 6)
        wanted = readings.sum(dim=1)
        if number == 22:
            readings[2:5, 4] = 2.5e38  # what the logger writes when a sensor drops out
        yield readings, wanted


engine = BF16Engine(nn.Linear(6, 1), lr=1e-2)
criterion = nn.SmoothL1Loss(reduction="sum")
for step, (readings, wanted) in enumerate(sensor_batches(26)):
    loss = criterion(engine(readings), wanted)
    engine.backward(loss)
    engine.step()
    if step % 5 == 0:
        print(f"step {step} loss {loss.item():.3f}")
