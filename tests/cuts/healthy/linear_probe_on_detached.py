"""An online linear probe on detached features, its own parameters in the same optimizer."""
import torch
import torch.nn.functional as F
from torch import nn


class WithProbe(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 4))
        self.dec = nn.Linear(4, 6)
        self.probe = nn.Linear(4, 3)

    def forward(self, x):
        z = self.enc(x)
        return self.dec(z), self.probe(z.detach())


torch.manual_seed(26)
net = WithProbe()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(6):
    x, y = torch.randn(12, 6), torch.randint(0, 3, (12,))
    recon, logits = net(x)
    loss = F.mse_loss(recon, x) + F.cross_entropy(logits, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
