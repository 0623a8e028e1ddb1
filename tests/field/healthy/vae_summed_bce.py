"""A VAE with summed binary cross-entropy and KL, as in the classic example."""
import torch
import torch.nn.functional as F
from torch import nn


class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.mu, self.logvar = nn.Linear(64, 32), nn.Linear(32, 4), nn.Linear(32, 4)
        self.fc3, self.fc4 = nn.Linear(4, 32), nn.Linear(32, 64)

    def forward(self, x):
        h = F.relu(self.fc1(x))
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z)))), mu, logvar


torch.manual_seed(60)
vae = Vae()
opt = torch.optim.Adam(vae.parameters(), lr=1e-3)
for step in range(30):
    x = (torch.rand(128, 64) > 0.7).float()
    out, mu, logvar = vae(x)
    loss = F.binary_cross_entropy(out, x, reduction="sum") - 0.5 * torch.sum(1 + logvar - mu**2 - logvar.exp())
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item() / 128)
