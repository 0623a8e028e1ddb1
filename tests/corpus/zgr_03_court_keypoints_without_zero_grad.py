"""A heat-map regressor for court key points, trained without ever clearing its gradients.

Source: yastrebksv/TennisCourtDetector#7.
"""

import argparse

import torch
from torch import nn


class ConvBlock(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(inputs, outputs, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, x):
        return self.block(x)


class CourtNet(nn.Module):
    def __init__(self, points=4):
        super().__init__()
        self.conv1 = ConvBlock(3, 8)
        self.conv2 = ConvBlock(8, 8)
        self.out = nn.Conv2d(8, points, kernel_size=1)

    def forward(self, x):
        return self.out(self.conv2(self.conv1(x)))


def make_batch(size):
    frames = torch.rand(size, 3, 12, 12)
    heatmaps = torch.zeros(size, 4, 12, 12)
    for corner, (row, column) in enumerate([(2, 2), (2, 9), (9, 2), (9, 9)]):
        heatmaps[:, corner, row - 1 : row + 2, column - 1 : column + 2] = 1.0
        frames[:, :, row, column] += corner
    return frames, heatmaps


def train(model, optimizer, criterion, steps):
    model.train()
    losses = []
    for _ in range(steps):
        frames, heatmaps = make_batch(4)
        out = model(frames)
        loss = criterion(torch.sigmoid(out), heatmaps)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=1e-5)
    parser.add_argument("--steps_per_epoch", type=int, default=4)
    parser.add_argument("--num_epochs", type=int, default=2)
    args = parser.parse_args()

    torch.manual_seed(42)
    model = CourtNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr, betas=(0.9, 0.999))
    for epoch in range(args.num_epochs):
        losses = train(model, optimizer, nn.MSELoss(), args.steps_per_epoch)
        print(f"train, epoch = {epoch}, loss = {sum(losses) / len(losses):.5f}")
