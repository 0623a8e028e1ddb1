"""Features of a reference image are computed once and used by every micro-step's backward.

Source: MooreThreads/Moore-AnimateAnyone#92.
"""

import argparse

import torch
import torch.nn.functional as F
from torch import nn


class ReferenceNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, image):
        return self.layers(image)


class Denoiser(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Linear(6 + width, width)
        self.outer = nn.Linear(width, 6)

    def forward(self, noisy, reference):
        return self.outer(F.silu(self.inner(torch.cat([noisy, reference], dim=-1))))


def main(cfg):
    torch.manual_seed(cfg.seed)
    reference_net, denoiser = ReferenceNet(8), Denoiser(8)
    trainable = list(reference_net.parameters()) + list(denoiser.parameters())
    optimizer = torch.optim.AdamW(trainable, lr=cfg.lr)
    for step in range(cfg.max_train_steps):
        image = torch.randn(4, 6)
        reference = reference_net(image)
        for _ in range(cfg.gradient_accumulation_steps):
            noise = torch.randn(4, 6)
            predicted = denoiser(image + noise, reference)
            loss = F.mse_loss(predicted, noise) / cfg.gradient_accumulation_steps
            loss.backward()
        nn.utils.clip_grad_norm_(trainable, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        print(f"steps {step + 1}/{cfg.max_train_steps} step_loss {loss.item():.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--gradient_accumulation_steps", type=int, default=2)
    parser.add_argument("--max_train_steps", type=int, default=5)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=12580)
    main(parser.parse_args())
