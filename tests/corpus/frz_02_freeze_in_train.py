"""A backbone that freezes its first stages in `train()`, which nobody calls before the first evaluation.

By then the stages have been trained, and momentum and weight decay go on moving them.
Source: open-mmlab/mmpretrain#702 (TrainCheck).
"""

import torch
from torch import nn


class Backbone(nn.Module):
    def __init__(self, frozen_stages=1):
        super().__init__()
        self.frozen_stages = frozen_stages
        self.stage0 = nn.Sequential(nn.Linear(8, 16), nn.LayerNorm(16), nn.GELU())
        self.stage1 = nn.Sequential(nn.Linear(16, 16), nn.LayerNorm(16), nn.GELU())

    def forward(self, x):
        return self.stage1(self.stage0(x))

    def _freeze_stages(self):
        for i in range(self.frozen_stages):
            stage = getattr(self, f"stage{i}")
            stage.eval()
            for param in stage.parameters():
                param.requires_grad = False

    def train(self, mode=True):
        super().train(mode)
        if mode:
            self._freeze_stages()
        return self


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = Backbone(frozen_stages=1)
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        return self.head(self.backbone(x))


class Runner:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.SGD(
            model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3
        )
        self.criterion = nn.CrossEntropyLoss()
        self.teacher = torch.randn(8, 3)

    def batch(self):
        x = torch.randn(16, 8)
        return x, (x @ self.teacher).argmax(dim=1)

    def train_iters(self, n):
        for _ in range(n):
            x, y = self.batch()
            loss = self.criterion(self.model(x), y)
            self.optimizer.zero_grad(set_to_none=False)
            loss.backward()
            self.optimizer.step()
        return loss.item()

    @torch.no_grad()
    def evaluate(self):
        self.model.eval()
        x, y = self.batch()
        accuracy = (self.model(x).argmax(1) == y).float().mean().item()
        self.model.train()
        return accuracy

    def run(self, epochs=3):
        for epoch in range(epochs):
            loss = self.train_iters(10)
            print(f"epoch {epoch + 1} loss {loss:.3f} acc {self.evaluate():.3f}")


if __name__ == "__main__":
    torch.manual_seed(0)
    Runner(Classifier()).run()
