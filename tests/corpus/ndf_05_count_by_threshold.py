"""Repetition counting: the count is built from a comparison and a clipped period, so its head sees gradients of exactly zero.

Source: confifu/RepNet-Pytorch#6.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


class RepetitionNet(nn.Module):
    def __init__(self, features=6, width=16):
        super().__init__()
        self.encoder = nn.GRU(features, width, batch_first=True)
        self.within_head = nn.Linear(width, 1)
        self.period_head = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))

    def forward(self, clip):
        hidden, _ = self.encoder(clip)
        return self.period_head(hidden).squeeze(-1), self.within_head(hidden).squeeze(-1)


def count_repetitions(period):
    active = (period > 0).float()
    return torch.sum(active / F.threshold(period, 2.0, 2.0), dim=1)


def synthetic_clips(n=12, frames=16):
    period = torch.randint(3, 7, (n,)).float()
    t = torch.arange(frames).float()
    phase = 2 * torch.pi * t / period[:, None]
    length = torch.randint(8, frames + 1, (n,))
    within = (t[None] < length[:, None]).float()
    wave = torch.stack([torch.sin(phase), torch.cos(phase)], dim=-1) * within[..., None]
    clip = torch.cat([wave, 0.3 * torch.randn(n, frames, 4)], dim=-1)
    return clip, within, length / period


def main():
    torch.manual_seed(4)
    net = RepetitionNet()
    opt = torch.optim.Adam(net.parameters(), lr=5e-4)
    for step in range(30):
        clip, within, count = synthetic_clips()
        period, inside = net(clip)
        loss_within = F.binary_cross_entropy_with_logits(inside, within)
        loss_count = F.smooth_l1_loss(count_repetitions(period), count)
        loss = loss_within + loss_count
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 10 == 9:
            print(f"{step + 1}: within={loss_within.item():.3f} count={loss_count.item():.3f}")


main()
