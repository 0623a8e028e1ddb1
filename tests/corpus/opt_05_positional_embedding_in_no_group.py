"""Parameters are grouped by the type of their module, which misses a bare positional embedding.

Source: DocF/multispectral-object-detection#77.
"""

import torch
import torch.nn as nn


class Fusion(nn.Module):
    def __init__(self, channels, cells):
        super().__init__()
        self.pos_emb = nn.Parameter(torch.zeros(1, 2 * cells, channels))
        self.norm = nn.LayerNorm(channels)
        self.mix = nn.Linear(channels, channels)

    def forward(self, rgb, thermal):
        tokens = torch.cat([rgb.flatten(2), thermal.flatten(2)], dim=2).transpose(1, 2)
        tokens = tokens + self.pos_emb
        weights = torch.softmax(tokens @ tokens.transpose(1, 2) / 4, dim=-1)
        return self.mix(self.norm(weights @ tokens)).mean(dim=1)


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.rgb = self.stem(3)
        self.thermal = self.stem(1)
        self.fusion = Fusion(8, 16)
        self.boxes = nn.Linear(8, 4)

    @staticmethod
    def stem(channels):
        conv = nn.Conv2d(channels, 8, 3, stride=2, padding=1, bias=False)
        return nn.Sequential(conv, nn.BatchNorm2d(8), nn.SiLU())

    def forward(self, rgb, thermal):
        return self.boxes(self.fusion(self.rgb(rgb), self.thermal(thermal)))


def smart_optimizer(model):
    norms, weights, biases = [], [], []
    for module in model.modules():
        if isinstance(getattr(module, "bias", None), nn.Parameter):
            biases.append(module.bias)
        if isinstance(module, (nn.BatchNorm2d, nn.LayerNorm)):
            norms.append(module.weight)
        elif isinstance(getattr(module, "weight", None), nn.Parameter):
            weights.append(module.weight)
    optimizer = torch.optim.SGD(norms, lr=0.01, momentum=0.9, nesterov=True)
    optimizer.add_param_group({"params": weights, "weight_decay": 5e-4})
    optimizer.add_param_group({"params": biases})
    print(f"optimizer: {len(norms)} norms, {len(weights)} weights, {len(biases)} biases")
    return optimizer


torch.manual_seed(3)
detector = Detector()
optimizer = smart_optimizer(detector)
for i in range(10):
    rgb, thermal = torch.rand(6, 3, 8, 8), torch.rand(6, 1, 8, 8)
    boxes = torch.stack(
        [rgb.mean((1, 2, 3)), thermal.mean((1, 2, 3)), *rgb.amax((2, 3)).T[:2]], dim=1
    )
    loss = nn.functional.smooth_l1_loss(detector(rgb, thermal), boxes)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(i, loss.item())
