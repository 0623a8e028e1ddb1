"""A geodesic rotation loss takes acos of a cosine that is exactly one at the start of training.

Source: pytorch/pytorch#4605.
"""

import torch
import torch.nn as nn


class RotationHead(nn.Module):
    """Predicts a turn in the plane; starts at no turn at all."""

    def __init__(self, features):
        super().__init__()
        self.angle = nn.Linear(features, 1)
        nn.init.zeros_(self.angle.weight)
        nn.init.zeros_(self.angle.bias)

    def forward(self, x):
        angle = self.angle(x).squeeze(-1)
        rows = [torch.cos(angle), -torch.sin(angle), torch.sin(angle), torch.cos(angle)]
        return torch.stack(rows, dim=-1).view(-1, 2, 2)


def geodesic_loss(predicted, wanted):
    difference = predicted @ wanted.transpose(1, 2)
    cosine = difference.diagonal(dim1=1, dim2=2).sum(dim=1) / 2
    return torch.acos(cosine.clamp(-1.0, 1.0)).mean()


def rotations(angles):
    cos, sin = angles.cos(), angles.sin()
    return torch.stack([cos, -sin, sin, cos], dim=-1).view(-1, 2, 2)


class Experiment:
    def __init__(self):
        self.model = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), RotationHead(8))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3)

    def run(self, steps):
        for step in range(steps):
            x = torch.randn(16, 5)
            angles = x[:, 0].clamp(min=0)
            self.optimizer.zero_grad()
            loss = geodesic_loss(self.model(x), rotations(angles))
            loss.backward()
            self.optimizer.step()
            print(f"step {step}: mean angle {loss.item():.4f} rad")


if __name__ == "__main__":
    torch.manual_seed(2)
    Experiment().run(steps=4)
