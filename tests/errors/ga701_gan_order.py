"""The discriminator steps before the generator's loss, computed earlier, runs backward."""

# expect: GA701 inplace-edit
# exit: 1
# parameters: 1
import torch
from torch import nn

torch.manual_seed(0)
G = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2))
D = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
opt_g = torch.optim.Adam(G.parameters(), lr=1e-3)
opt_d = torch.optim.Adam(D.parameters(), lr=1e-3)
bce = nn.BCEWithLogitsLoss()


def main():
    for _ in range(4):
        real, z = torch.randn(8, 2) + 2, torch.randn(8, 3)
        fake = G(z)
        loss_d = bce(D(real), torch.ones(8, 1)) + bce(D(fake.detach()), torch.zeros(8, 1))
        loss_g = bce(D(fake), torch.ones(8, 1))
        opt_d.zero_grad()
        loss_d.backward()
        opt_d.step()  # HERE
        opt_g.zero_grad()
        loss_g.backward()
        opt_g.step()


main()
