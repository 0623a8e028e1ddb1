"""A GAN whose discriminator step does not detach the fake; both gradients are cleared before the generator's backward.

Control: only wasteful. Source: yunjey/pytorch-tutorial#56.
"""

import torch
import torch.nn as nn

torch.manual_seed(56)

latent_size = 6
hidden_size = 16
batch_size = 20

D = nn.Sequential(
    nn.Linear(4, hidden_size), nn.LeakyReLU(0.2), nn.Linear(hidden_size, 1), nn.Sigmoid()
)
G = nn.Sequential(
    nn.Linear(latent_size, hidden_size), nn.ReLU(), nn.Linear(hidden_size, 4), nn.Tanh()
)

criterion = nn.BCELoss()
d_optimizer = torch.optim.Adam(D.parameters(), lr=0.0005)
g_optimizer = torch.optim.Adam(G.parameters(), lr=0.0005)


def reset_grad():
    d_optimizer.zero_grad()
    g_optimizer.zero_grad()


for step in range(30):
    samples = 0.5 * torch.tanh(torch.randn(batch_size, 4)) + 0.2
    ones = torch.ones(batch_size, 1)
    zeros = torch.zeros(batch_size, 1)

    # ---- discriminator
    d_loss_real = criterion(D(samples), ones)
    fake = G(torch.randn(batch_size, latent_size))
    d_loss_fake = criterion(D(fake), zeros)
    d_loss = d_loss_real + d_loss_fake
    reset_grad()
    d_loss.backward()
    d_optimizer.step()

    # ---- generator
    fake = G(torch.randn(batch_size, latent_size))
    g_loss = criterion(D(fake), ones)
    reset_grad()
    g_loss.backward()
    g_optimizer.step()

    if step % 10 == 0:
        print(
            "Step [{}], d_loss: {:.4f}, g_loss: {:.4f}".format(step, d_loss.item(), g_loss.item())
        )
