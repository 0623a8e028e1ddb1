"""Dropout of 0.9 in two places: sparse activations and noisy gradients, but every weight is reached. Healthy."""

import torch
from torch import nn, optim

torch.manual_seed(808)

model = nn.Sequential(
    nn.Dropout(0.2),
    nn.Linear(20, 64),
    nn.ReLU(),
    nn.Dropout(0.9),
    nn.Linear(64, 64),
    nn.ReLU(),
    nn.Dropout(0.9),
    nn.Linear(64, 2),
)
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(model.parameters(), lr=0.1)
scheduler = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.97)
direction = torch.zeros(20)
direction[:3] = 1.0

for epoch in range(4):
    model.train()
    for _ in range(8):
        data = torch.randn(24, 20)
        target = (data @ direction > 0).long()
        optimizer.zero_grad()
        loss = criterion(model(data), target)
        loss.backward()
        optimizer.step()
        scheduler.step()
    model.eval()
    with torch.no_grad():
        data = torch.randn(200, 20)
        correct = (model(data).argmax(1) == (data @ direction > 0).long()).sum().item()
    print(f"Epoch {epoch}: loss {loss.item():.4f}, accuracy {correct / 2:.1f}%")
