"""A small GAN in the style of the DCGAN example, with `.detach()` on the fake in the generator's own update.

Source: tamarott/SinGAN PR#117 (same mechanism as DET-01, without a second loss term).
"""

import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(999)

nz = 4
batch_size = 12
real_label, fake_label = 1.0, 0.0

netG = nn.Sequential(
    nn.Linear(nz, 16),
    nn.ReLU(True),
    nn.Linear(16, 2),
)
netD = nn.Sequential(
    nn.Linear(2, 16),
    nn.LeakyReLU(0.2, inplace=True),
    nn.Linear(16, 1),
    nn.Sigmoid(),
)

criterion = nn.BCELoss()
optimizerD = optim.Adam(netD.parameters(), lr=0.002, betas=(0.5, 0.999))
optimizerG = optim.Adam(netG.parameters(), lr=0.002, betas=(0.5, 0.999))

for i in range(25):
    # (1) update D
    netD.zero_grad()
    real = torch.randn(batch_size, 2) * 0.3 + torch.tensor([1.0, -1.0])
    label = torch.full((batch_size,), real_label)
    output = netD(real).view(-1)
    errD_real = criterion(output, label)
    errD_real.backward()

    noise = torch.randn(batch_size, nz)
    fake = netG(noise)
    label.fill_(fake_label)
    output = netD(fake.detach()).view(-1)
    errD_fake = criterion(output, label)
    errD_fake.backward()
    optimizerD.step()

    # (2) update G
    netG.zero_grad()
    label.fill_(real_label)
    output = netD(fake.detach()).view(-1)
    errG = criterion(output, label)
    errG.backward()
    optimizerG.step()

    if i % 6 == 0:
        print(
            "[%d/25] Loss_D: %.4f Loss_G: %.4f"
            % (i, errD_real.item() + errD_fake.item(), errG.item())
        )
