"""Each optimizer of a GAN clears its own network alone: the discriminator starts with leftovers.

Source: Lightning-AI/pytorch-lightning#591.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)

netG = nn.Sequential(nn.Linear(4, 16), nn.LeakyReLU(0.2), nn.Linear(16, 2))
netD = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
optimizers = {
    "discriminator": torch.optim.Adam(netD.parameters(), lr=2e-3, betas=(0.5, 0.999)),
    "generator": torch.optim.Adam(netG.parameters(), lr=2e-3, betas=(0.5, 0.999)),
}


def training_step(role, real):
    noise = torch.randn(len(real), 4)
    if role == "discriminator":
        on_real, on_fake = netD(real), netD(netG(noise).detach())
        return (
            F.binary_cross_entropy_with_logits(on_real, torch.ones_like(on_real))
            + F.binary_cross_entropy_with_logits(on_fake, torch.zeros_like(on_fake))
        ) / 2
    judged = netD(netG(noise))
    return F.binary_cross_entropy_with_logits(judged, torch.ones_like(judged))


for batch in range(12):
    angle = torch.rand(32) * 6.28
    real = torch.stack([angle.cos(), angle.sin()], dim=1)
    report = []
    for role, optimizer in optimizers.items():
        loss = training_step(role, real)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        report.append(f"{role} {loss.item():.3f}")
    print(batch, *report)
