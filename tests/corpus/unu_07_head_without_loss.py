"""A model with three output heads of which the loss picks one; after the warm-up the loop scales every gradient and crashes.

Source: MichiganCOG/ViP#21.
"""

import torch
from torch import nn


class ClipModel(nn.Module):
    def __init__(self, frames=8, feats=4):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(frames * feats, 20), nn.ReLU())
        self.action = nn.Linear(20, 5)
        self.box = nn.Linear(20, 4)
        self.score = nn.Linear(20, 1)

    def forward(self, clip):
        h = self.body(clip)
        return {"action": self.action(h), "box": self.box(h), "score": self.score(h)}


class Loss:
    def __init__(self, output="action"):
        self.output = output
        self.fn = nn.CrossEntropyLoss()

    def __call__(self, outputs, target):
        return self.fn(outputs[self.output], target)


def train(warmup=6, total=20, factor=0.5):
    torch.manual_seed(2)
    model = ClipModel()
    model_loss = Loss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for step in range(total):
        clip = torch.randn(10, 8, 4)
        target = clip.mean(dim=(1, 2)).mul(8).round().clamp(-2, 2).long() + 2

        optimizer.zero_grad()
        loss = model_loss(model(clip), target)
        loss.backward()
        if step >= warmup:
            for param in model.parameters():
                param.grad *= factor
        optimizer.step()
        print(step, loss.item())


if __name__ == "__main__":
    train()
