"""GAN: the generator's adversarial term looks at fake.detach(), only the L1 term trains it (pix2pix)."""
# expect: GA103 detach: generator.0.weight
import torch
import torch.nn as nn

torch.manual_seed(5)
generator = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
discriminator = nn.Sequential(nn.Linear(3, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
opt_g = torch.optim.Adam(generator.parameters(), lr=1e-3)
opt_d = torch.optim.Adam(discriminator.parameters(), lr=1e-3)
bce = nn.BCEWithLogitsLoss()
for step in range(6):
    cond = torch.randn(16, 4)
    real = cond[:, :3].tanh()
    fake = generator(cond)

    opt_d.zero_grad()
    d_real = bce(discriminator(real), torch.ones(16, 1))
    d_fake = bce(discriminator(fake.detach()), torch.zeros(16, 1))
    (d_real + d_fake).backward()
    opt_d.step()

    opt_g.zero_grad()
    adv = bce(discriminator(fake.detach()), torch.ones(16, 1))  # CUT
    l1 = (fake - real).abs().mean()
    (adv + 10 * l1).backward()
    opt_g.step()
