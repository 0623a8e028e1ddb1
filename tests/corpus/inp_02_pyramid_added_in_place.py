"""A feature pyramid adds every upper level onto the lateral below it in place.

Source: lyongo/NWPU-MOC#4.
"""

import torch
from torch import nn
from torch.nn.functional import interpolate, mse_loss


def conv_relu(inputs, outputs, size=1):
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, padding=size // 2), nn.ReLU())


class FPN(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.lateral_convs = nn.ModuleList(conv_relu(count, width) for count in channels)
        self.fpn_convs = nn.ModuleList(conv_relu(width, width, 3) for _ in channels)

    def forward(self, inputs):
        laterals = [conv(level) for conv, level in zip(self.lateral_convs, inputs)]
        for i in range(len(laterals) - 1, 0, -1):
            laterals[i - 1] += interpolate(laterals[i], scale_factor=2, mode="nearest")
        return [conv(level) for conv, level in zip(self.fpn_convs, laterals)]


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList([conv_relu(3, 4, 3), conv_relu(4, 8, 3), conv_relu(8, 8, 3)])
        self.neck = FPN([4, 8, 8], width=6)
        self.density = nn.Conv2d(6, 1, 1)

    def forward(self, x):
        levels = []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
            x = nn.functional.max_pool2d(x, 2)
        return self.density(self.neck(levels)[0])


def main():
    torch.manual_seed(1)
    counter = Counter()
    optimizer = torch.optim.Adam(counter.parameters(), lr=1e-4)
    for iteration in range(5):
        image = torch.rand(2, 3, 16, 16)
        density = (image.mean(dim=1, keepdim=True) > 0.7).float()
        loss = mse_loss(counter(image), density)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        print(iteration, loss.item())


main()
