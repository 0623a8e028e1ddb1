"""A conditional GAN whose generator update scores a detached fake: only the L1 term trains the generator.

Source: nikhilsinghmus/image2reverb#37.
"""

import torch
import torch.nn.functional as F
from torch import nn


def set_requires_grad(net, flag):
    for p in net.parameters():
        p.requires_grad_(flag)


def make_batch(n=16):
    cond = torch.rand(n, 6)
    real = torch.cat([cond.flip(1), cond.mean(1, keepdim=True)], dim=1)
    return cond, real


def main():
    torch.manual_seed(11)
    generator = nn.Sequential(nn.Linear(6, 24), nn.LeakyReLU(0.2), nn.Linear(24, 7))
    discriminator = nn.Sequential(nn.Linear(13, 24), nn.LeakyReLU(0.2), nn.Linear(24, 1))
    opt_g = torch.optim.Adam(generator.parameters(), lr=2e-3, betas=(0.5, 0.999))
    opt_d = torch.optim.Adam(discriminator.parameters(), lr=2e-3, betas=(0.5, 0.999))

    for step in range(30):
        cond, real = make_batch()
        fake = generator(cond)

        # discriminator
        set_requires_grad(discriminator, True)
        opt_d.zero_grad()
        on_real = discriminator(torch.cat([cond, real], dim=1))
        on_fake = discriminator(torch.cat([cond, fake.detach()], dim=1))
        loss_d = 0.5 * (
            F.binary_cross_entropy_with_logits(on_real, torch.ones_like(on_real))
            + F.binary_cross_entropy_with_logits(on_fake, torch.zeros_like(on_fake))
        )
        loss_d.backward()
        opt_d.step()

        # generator
        set_requires_grad(discriminator, False)
        opt_g.zero_grad()
        score = discriminator(torch.cat([cond, fake.detach()], dim=1))
        adversarial = F.binary_cross_entropy_with_logits(score, torch.ones_like(score))
        reconstruction = F.l1_loss(fake, real)
        loss_g = adversarial + 10.0 * reconstruction
        loss_g.backward()
        opt_g.step()

        if step % 10 == 0:
            print(
                f"{step:3d}  D {loss_d.item():.3f}  adv {adversarial.item():.3f}  L1 {reconstruction.item():.3f}"
            )


if __name__ == "__main__":
    main()
