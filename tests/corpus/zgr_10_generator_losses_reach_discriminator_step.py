"""A translator trains its generator first; what that leaves in the critic is in the critic's step.

Source: GaParmar/img2img-turbo#56.
"""

import argparse

import torch
import torch.nn.functional as F
from torch import nn


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 6, 3, padding=1)
        self.up = nn.Conv2d(6, 3, 3, padding=1)

    def forward(self, image):
        return self.up(F.silu(self.down(image)))


class PatchCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Conv2d(3, 6, 3, stride=2)
        self.score = nn.Conv2d(6, 1, 1)

    def forward(self, image, for_real):
        score = self.score(F.silu(self.body(image)))
        return F.relu(1 - score).mean() if for_real else F.relu(1 + score).mean()


def training_loop(args):
    torch.manual_seed(args.seed)
    net_gen = Translator()
    net_disc = PatchCritic()
    optimizer_gen = torch.optim.AdamW(net_gen.parameters(), lr=args.lr)
    optimizer_disc = torch.optim.AdamW(net_disc.parameters(), lr=args.lr)

    for step in range(args.max_steps):
        source = torch.rand(4, 3, 10, 10)
        target = 1 - source

        # reconstruction
        output = net_gen(source)
        loss_rec = F.mse_loss(output, target)
        loss_rec.backward()
        nn.utils.clip_grad_norm_(net_gen.parameters(), args.max_grad_norm)
        optimizer_gen.step()
        optimizer_gen.zero_grad(set_to_none=True)

        # adversarial part of the generator
        output = net_gen(source)
        loss_adv = 0.5 * net_disc(output, for_real=True)
        loss_adv.backward()
        nn.utils.clip_grad_norm_(net_gen.parameters(), args.max_grad_norm)
        optimizer_gen.step()
        optimizer_gen.zero_grad(set_to_none=True)

        # discriminator
        loss_disc = net_disc(target, for_real=True) + net_disc(output.detach(), for_real=False)
        loss_disc.backward()
        nn.utils.clip_grad_norm_(net_disc.parameters(), args.max_grad_norm)
        optimizer_disc.step()
        optimizer_disc.zero_grad(set_to_none=True)
        print(f"{step}: {loss_rec.item():.3f} {loss_adv.item():.3f} {loss_disc.item():.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--max_steps", type=int, default=8)
    parser.add_argument("--max_grad_norm", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=42)
    training_loop(parser.parse_args())
