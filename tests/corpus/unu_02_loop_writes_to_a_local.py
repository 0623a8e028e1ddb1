"""Multi-resolution fusion where the loop rebinds its own variable: the refined maps never go back into the list.

Source: thomasjpfan/pytorch_refinenet#2.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualConvUnit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        out = self.conv1(F.relu(x))
        out = self.conv2(F.relu(out))
        return out + x


class FusionBlock(nn.Module):
    def __init__(self, channels, num_inputs):
        super().__init__()
        for i in range(num_inputs):
            self.add_module(f"rcu{i}", ResidualConvUnit(channels))
        self.smooth = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, *maps):
        for i, x in enumerate(maps):
            rcu = getattr(self, f"rcu{i}")
            x = rcu(x)
        size = maps[0].shape[-2:]
        fused = sum(F.interpolate(m, size=size, mode="nearest") for m in maps)
        return self.smooth(fused)


class Segmenter(nn.Module):
    def __init__(self, channels=4, classes=3):
        super().__init__()
        self.stem = nn.Conv2d(1, channels, 3, padding=1)
        self.fusion = FusionBlock(channels, 2)
        self.classify = nn.Conv2d(channels, classes, 1)

    def forward(self, image):
        high = F.relu(self.stem(image))
        low = F.avg_pool2d(high, 2)
        return self.classify(F.relu(self.fusion(high, low)))


def main(steps=22):
    torch.manual_seed(0)
    model = Segmenter()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-5)
    for step in range(steps):
        image = torch.rand(4, 1, 8, 8)
        target = (image[:, 0] * 3).long().clamp(max=2)
        loss = F.cross_entropy(model(image), target)
        model.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 7 == 0:
            print("iter", step, "loss", f"{loss.item():.4f}")


if __name__ == "__main__":
    main()
