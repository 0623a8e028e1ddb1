"""Stochastic depth: residual branches are dropped sample by sample, and the survivors are rescaled. Healthy."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class DropPath(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        keep = 1 - self.p
        mask = torch.bernoulli(torch.full((x.size(0), 1, 1, 1), keep))
        return x * mask / keep


class Residual(nn.Module):
    def __init__(self, ch, p):
        super().__init__()
        self.branch = nn.Sequential(
            nn.GroupNorm(2, ch), nn.ReLU(), nn.Conv2d(ch, ch, 3, padding=1), DropPath(p)
        )

    def forward(self, x):
        return x + self.branch(x)


torch.manual_seed(202)
net = nn.Sequential(
    nn.Conv2d(1, 6, 3, padding=1),
    *[Residual(6, p) for p in (0.1, 0.3, 0.5)],
    nn.ReLU(),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(6, 2),
)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)

running = 0.0
for it in range(1, 37):
    img = torch.randn(6, 1, 6, 6)
    label = torch.tensor([0, 1, 0, 1, 0, 1])
    img[1::2] += 0.15
    loss = F.cross_entropy(net(img), label)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    running = 0.9 * running + 0.1 * loss.item()
    if it % 9 == 0:
        print("it", it, "smoothed loss", round(running / (1 - 0.9**it), 4))
