"""The borders of an attention map are set to zero in place, right behind the ReLU that made it.

Source: AggMan96/RK-Net#9.
"""

import torch
import torch.nn as nn


class KeypointAttention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.squeeze = nn.Conv2d(channels, 1, 3, padding=1)
        self.relu = nn.ReLU()

    def forward(self, features):
        attention = self.relu(self.squeeze(features))
        attention[:, :, 0, :] = 0
        attention[:, :, -1, :] = 0
        attention[:, :, :, 0] = 0
        attention[:, :, :, -1] = 0
        return features * attention


class Matcher(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Conv2d(3, 8, 3, padding=1)
        self.attention = KeypointAttention(8)
        self.fc = nn.Linear(8, 5)

    def forward(self, images):
        return self.fc(self.attention(self.backbone(images)).mean(dim=(2, 3)))


if __name__ == "__main__":
    torch.manual_seed(0)
    model = Matcher()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    for epoch in range(4):
        images, places = torch.rand(6, 3, 10, 10), torch.randint(0, 5, (6,))
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), places)
        loss.backward()
        optimizer.step()
        print(f"epoch {epoch} loss {loss.item():.3f}")
