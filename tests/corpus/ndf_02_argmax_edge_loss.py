"""Hair segmentation with an edge term that takes the argmax of the logits before the image gradients.

Source: wonbeomjang/mobile-hair-segmentation-pytorch#3.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


class SegNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 6, 3, padding=1)
        self.mid = nn.Conv2d(6, 6, 3, padding=1)
        self.out = nn.Conv2d(6, 2, 1)

    def forward(self, x):
        x = F.relu(self.down(x))
        x = F.relu(self.mid(x))
        return self.out(x)


def sobel():
    kx = torch.tensor([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])
    return torch.stack([kx, kx.t()]).unsqueeze(1) / 4


class ImageGradientLoss(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("kernel", sobel())

    def edges(self, plane):
        g = F.conv2d(plane, self.kernel, padding=1)
        return torch.sqrt(g.pow(2).sum(1) + 1e-6)

    def forward(self, logits, gray):
        mask = torch.argmax(logits, dim=1, keepdim=True).float()
        edge_mask = self.edges(mask)
        edge_image = self.edges(gray)
        return (edge_mask * (1 - edge_image).abs()).mean()


def toy_faces(n):
    yy, xx = torch.meshgrid(torch.linspace(-1, 1, 12), torch.linspace(-1, 1, 12), indexing="ij")
    r = 0.4 + 0.4 * torch.rand(n, 1, 1)
    target = ((yy**2 + xx**2).expand(n, 12, 12) < r**2).long()
    image = target.unsqueeze(1).float().repeat(1, 3, 1, 1) * 0.6 + 0.2 * torch.randn(n, 3, 12, 12)
    return image, target


torch.manual_seed(21)
model = SegNet()
edge_loss = ImageGradientLoss()
optimizer = torch.optim.Adadelta(model.parameters(), lr=0.5)

for epoch in range(4):
    for _ in range(5):
        image, target = toy_faces(8)
        logits = model(image)
        bce = F.cross_entropy(logits, target)
        edge = edge_loss(logits, image.mean(1, keepdim=True))
        loss = bce + 0.5 * edge
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print("epoch %d  ce %.4f  edge %.4f" % (epoch, bce.item(), edge.item()))
