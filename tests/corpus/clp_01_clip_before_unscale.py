"""With a gradient scaler, the norm is clipped while the gradients still carry the scale.

Sources: milesial/Pytorch-UNet#468 and PR#470; pytorch/examples#1196; rwth-i6/returnn PR#1595.
"""

import argparse

import torch
import torch.nn as nn


class DoubleConv(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.double_conv = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
            nn.GroupNorm(2, outputs),
            nn.SiLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.GroupNorm(2, outputs),
            nn.SiLU(),
        )

    def forward(self, x):
        return self.double_conv(x)


class SmallUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.inc = DoubleConv(1, 4)
        self.down = DoubleConv(4, 8)
        self.up = nn.Upsample(scale_factor=2)
        self.outc = nn.Conv2d(12, 1, 1)

    def forward(self, x):
        top = self.inc(x)
        low = self.down(nn.functional.avg_pool2d(top, 2))
        return self.outc(torch.cat([top, self.up(low)], dim=1))


def train_model(model, args, gradient_clipping=1.0):
    optimizer = torch.optim.RMSprop(model.parameters(), lr=args.lr, momentum=0.9)
    grad_scaler = torch.amp.GradScaler("cpu", init_scale=2.0**14, enabled=args.amp)
    criterion = nn.BCEWithLogitsLoss()
    for step in range(args.steps):
        images = torch.rand(4, 1, 8, 8)
        masks = (nn.functional.avg_pool2d(images, 3, stride=1, padding=1) > 0.45).float()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.amp):
            predicted = model(images)
            loss = criterion(predicted.float(), masks)
        optimizer.zero_grad(set_to_none=True)
        grad_scaler.scale(loss).backward()
        nn.utils.clip_grad_norm_(model.parameters(), gradient_clipping)
        grad_scaler.step(optimizer)
        grad_scaler.update()
        print(f"step {step} loss (batch) {loss.item():.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Train a small U-Net")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--no-amp", dest="amp", action="store_false")
    torch.manual_seed(0)
    train_model(SmallUNet(), parser.parse_args())
