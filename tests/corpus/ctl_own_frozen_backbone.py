"""Linear probing: the backbone is frozen, kept in eval mode and not in the optimizer. Healthy."""

import torch
import torch.nn as nn


def make_backbone():
    return nn.Sequential(
        nn.Conv1d(1, 8, 5),
        nn.BatchNorm1d(8),
        nn.ReLU(),
        nn.Conv1d(8, 8, 3),
        nn.ReLU(),
        nn.AdaptiveMaxPool1d(1),
        nn.Flatten(),
    )


class Probe(nn.Module):
    def __init__(self, backbone, classes):
        super().__init__()
        self.backbone = backbone
        for p in self.backbone.parameters():
            p.requires_grad = False
        self.head = nn.Linear(8, classes)

    def train(self, mode=True):
        super().train(mode)
        self.backbone.eval()
        return self

    def forward(self, x):
        return self.head(self.backbone(x))


def signals(n):
    y = torch.randint(0, 2, (n,))
    t = torch.linspace(0, 1, 24)
    x = torch.sin(2 * torch.pi * (2 + 4 * y[:, None]) * t) + 0.3 * torch.randn(n, 24)
    return x.unsqueeze(1), y


torch.manual_seed(404)
model = Probe(make_backbone(), 2)
optimizer = torch.optim.SGD(model.head.parameters(), lr=0.1, momentum=0.9)
criterion = nn.CrossEntropyLoss()
model.train()
for step in range(30):
    x, y = signals(16)
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 10 == 0:
        model.eval()
        with torch.no_grad():
            x, y = signals(64)
            print(
                f"step {step} loss {loss.item():.3f} acc {(model(x).argmax(1) == y).float().mean():.3f}"
            )
        model.train()
