"""A small U-Net with a layer left over from an earlier design; the gradient histograms crash on it.

Source: milesial/Pytorch-UNet#153.
"""

import logging

import torch
import torch.nn as nn
import torch.nn.functional as F

logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s")


class DoubleConv(nn.Sequential):
    def __init__(self, cin, cout):
        super().__init__(
            nn.Conv2d(cin, cout, 3, padding=1, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU(inplace=True),
        )


class TinyUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.inc = DoubleConv(1, 4)
        self.down1 = DoubleConv(4, 8)
        self.down2 = DoubleConv(8, 8)
        self.up1 = DoubleConv(12, 4)
        self.outc = nn.Conv2d(4, 1, 1)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down1(F.max_pool2d(x1, 2))
        x = F.interpolate(x2, scale_factor=2, mode="bilinear", align_corners=True)
        x = self.up1(torch.cat([x1, x], dim=1))
        return self.outc(x)


class Writer:
    """Keeps histograms in memory."""

    def __init__(self):
        self.histograms = {}

    def add_histogram(self, tag, values, step):
        self.histograms[tag, step] = torch.histc(values, bins=10)


def train_net(net, steps=12):
    writer = Writer()
    optimizer = torch.optim.RMSprop(net.parameters(), lr=1e-3, weight_decay=1e-8, momentum=0.9)
    criterion = nn.BCEWithLogitsLoss()
    global_step = 0
    net.train()
    while global_step < steps:
        imgs = torch.rand(4, 1, 8, 8)
        true_masks = (imgs > 0.5).float()
        loss = criterion(net(imgs), true_masks)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(net.parameters(), 0.1)
        optimizer.step()
        global_step += 1
        if global_step % 5 == 0:
            logging.info("step %d loss %.4f", global_step, loss.item())
            for tag, value in net.named_parameters():
                writer.add_histogram("weights/" + tag.replace(".", "/"), value.data, global_step)
                writer.add_histogram("grads/" + tag.replace(".", "/"), value.grad.data, global_step)


if __name__ == "__main__":
    torch.manual_seed(0)
    train_net(TinyUNet())
