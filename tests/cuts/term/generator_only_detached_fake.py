"""GAN: generator step on fake.detach() alone: nothing reaches the generator at all."""
# expect: GA101|GA104|GA302 detach: G.0.weight G.2.weight
# allow: GA103 GA305 GA302 GA301 GA101
import torch
import torch.nn as nn

torch.manual_seed(6)
G = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
D = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
g_opt = torch.optim.Adam(G.parameters(), lr=1e-3)
d_opt = torch.optim.Adam(D.parameters(), lr=1e-3)
loss_fn = nn.BCEWithLogitsLoss()
for step in range(6):
    z = torch.randn(12, 4)
    fake = G(z)
    d_opt.zero_grad()
    d_loss = loss_fn(D(torch.randn(12, 2) + 2), torch.ones(12, 1)) + loss_fn(
        D(fake.detach()), torch.zeros(12, 1)
    )
    d_loss.backward()
    d_opt.step()

    g_opt.zero_grad()
    g_loss = loss_fn(D(fake.detach()), torch.ones(12, 1))  # CUT
    g_loss.backward()
    g_opt.step()
