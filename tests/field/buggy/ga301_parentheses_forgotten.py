"""zero_grad is named but not called."""

import torch
from torch import nn


class Trainer:
    def __init__(self, model, lr=0.01):
        self.model = model
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr)

    def step(self, x, y):
        self.optimizer.zero_grad
        loss = nn.functional.cross_entropy(self.model(x), y)
        loss.backward()
        self.optimizer.step()


torch.manual_seed(0)
trainer = Trainer(nn.Sequential(nn.Linear(4, 5), nn.GELU(), nn.Linear(5, 3)))
for _ in range(25):
    trainer.step(torch.randn(8, 4), torch.randint(0, 3, (8,)))
