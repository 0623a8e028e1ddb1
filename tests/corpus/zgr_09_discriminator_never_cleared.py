"""Of the two networks of a GAN only the generator is ever cleared.

Source: Adversarial-Deep-Learning/code-soup#69 and PR#73.
"""

import torch
from torch import nn


def main():
    torch.manual_seed(12)
    generator = nn.Sequential(nn.Linear(3, 12), nn.Tanh(), nn.Linear(12, 5))
    discriminator = nn.Sequential(nn.Linear(5, 12), nn.Tanh(), nn.Linear(12, 1), nn.Sigmoid())
    optimizer_g = torch.optim.RMSprop(generator.parameters(), lr=1e-3)
    optimizer_d = torch.optim.RMSprop(discriminator.parameters(), lr=1e-4)
    bce = nn.BCELoss()

    for epoch in range(2):
        for i in range(5):
            real = 0.5 * torch.randn(16, 5) + 1.0
            ones, zeros = torch.ones(16, 1), torch.zeros(16, 1)

            fake = generator(torch.randn(16, 3))
            loss_d = bce(discriminator(real), ones) + bce(discriminator(fake.detach()), zeros)
            loss_d.backward()
            optimizer_d.step()

            generator.zero_grad()
            loss_g = bce(discriminator(fake), ones)
            loss_g.backward()
            optimizer_g.step()
            print(f"[{epoch}/{i}] loss D {loss_d.item():.4f} loss G {loss_g.item():.4f}")


if __name__ == "__main__":
    main()
