"""Assembling parts: an overlap penalty is put into a newly constructed tensor and summed with the real losses.

Source: Wuziyi616/multi_part_assembly#4.
"""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

NUM_PARTS = 4


class PartAssembler(nn.Module):
    """Point features per part in, one position and one rotation angle per part out."""

    def __init__(self, width=16):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(5, width), nn.ReLU())
        self.position = nn.Linear(width, 2)
        self.angle = nn.Linear(width, 1)

    def forward(self, parts):
        h = self.encoder(parts)
        return self.position(h), self.angle(h).squeeze(-1)


class OverlapLoss:
    def __init__(self, radius=0.7):
        self.radius = radius

    def __call__(self, position):
        values = []
        for i in range(NUM_PARTS):
            for j in range(i + 1, NUM_PARTS):
                distance = (position[:, i] - position[:, j]).norm(dim=-1)
                values.append(torch.relu(self.radius - distance).mean().item())
        return torch.tensor(values).mean()


def build_loader():
    parts = torch.randn(64, NUM_PARTS, 5)
    where = parts[..., :2] * 0.5 + parts[..., 2:4]
    angle = parts[..., 4] * 0.3
    return DataLoader(TensorDataset(parts, where, angle), batch_size=16)


def train(epochs=5):
    torch.manual_seed(0)
    loader = build_loader()
    model = PartAssembler()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=1e-4)
    overlap = OverlapLoss()
    for epoch in range(epochs):
        running = 0.0
        for parts, where, angle in loader:
            position, turn = model(parts)
            losses = {
                "position": nn.functional.mse_loss(position, where),
                "angle": nn.functional.smooth_l1_loss(turn, angle),
                "overlap": 0.5 * overlap(position),
            }
            total = sum(losses.values())
            optimizer.zero_grad()
            total.backward()
            optimizer.step()
            running += total.item()
        print(
            f"epoch {epoch}: {running / len(loader):.4f}",
            {k: round(float(v), 4) for k, v in losses.items()},
        )


train()
