"""Gradients are cleared at each epoch's start and used every N batches: the tail is thrown away.

Source: ultralytics/ultralytics PR#11217.
"""

import torch
from torch import nn


class BaseTrainer:
    def __init__(self, model, batches, epochs=3, accumulate=4):
        self.model = model
        self.batches = batches
        self.epochs = epochs
        self.accumulate = accumulate
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, nesterov=True)
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda e: 1 - e / epochs)

    def optimizer_step(self):
        nn.utils.clip_grad_norm_(self.model.parameters(), max_norm=10.0)
        self.optimizer.step()
        self.optimizer.zero_grad()

    def train(self):
        for epoch in range(self.epochs):
            self.model.train()
            self.optimizer.zero_grad()
            mean_loss = 0.0
            for i, (x, y) in enumerate(self.batches, start=1):
                loss = nn.functional.mse_loss(self.model(x), y) / self.accumulate
                loss.backward()
                if i % self.accumulate == 0:
                    self.optimizer_step()
                mean_loss += loss.item() * self.accumulate / len(self.batches)
            self.scheduler.step()
            print(f"epoch {epoch + 1}/{self.epochs} loss {mean_loss:.4f}")


torch.manual_seed(0)
x = torch.randn(110, 6)
y = x @ torch.randn(6, 2)
net = nn.Sequential(nn.Linear(6, 16), nn.Hardswish(), nn.Linear(16, 2))
BaseTrainer(net, list(zip(x.split(10), y.split(10)))).train()
