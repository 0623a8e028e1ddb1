"""Two models, two optimizers, three backwards a step: nothing has to be told to the audit.

In a GAN the generator's backward also fills the discriminator's gradients. That is as it should be
when they are cleared before the discriminator's own backward, and a leak when they are not.
"""

import torch
from torch import nn

import gradaudit


def train(clear_discriminator):
    torch.manual_seed(0)
    generator = nn.Sequential(nn.Linear(4, 32), nn.LeakyReLU(0.2), nn.Linear(32, 2))
    discriminator = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
    generator_optimizer = torch.optim.Adam(generator.parameters(), lr=2e-3)
    discriminator_optimizer = torch.optim.Adam(discriminator.parameters(), lr=2e-3)
    judge = nn.functional.binary_cross_entropy_with_logits
    ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)

    models = {"generator": generator, "discriminator": discriminator}
    with gradaudit.watch(models, on_finding="silent") as audit:
        for _ in range(60):
            real = torch.randn(64, 2) * 0.5 + torch.tensor([1.0, -1.0])
            fake = generator(torch.randn(64, 4))

            if clear_discriminator:
                discriminator_optimizer.zero_grad()
            judge(discriminator(real), ones).backward()
            judge(discriminator(fake.detach()), zeros).backward()
            discriminator_optimizer.step()
            if not clear_discriminator:
                discriminator_optimizer.zero_grad()  # too early: the next backward fills it again

            generator_optimizer.zero_grad()
            judge(discriminator(fake), ones).backward()
            generator_optimizer.step()
    return audit.report()


healthy = train(clear_discriminator=True)
print(healthy)
assert healthy.findings == ()

leaking = train(clear_discriminator=False)
print(f"\n{leaking}")
assert [finding.code for finding in leaking.findings] == ["GA305"]
