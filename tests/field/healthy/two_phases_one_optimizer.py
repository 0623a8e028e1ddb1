"""One optimizer for everything: the autoencoder learns for 25 steps, then the classifier on top of it joins."""
import torch
import torch.nn.functional as F
from torch import nn


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc, self.dec, self.cls = nn.Linear(6, 4), nn.Linear(4, 6), nn.Linear(4, 2)


torch.manual_seed(48)
m = Both()
opt = torch.optim.Adam(m.parameters(), lr=5e-3)
for step in range(60):
    x = torch.randn(16, 6)
    h = torch.tanh(m.enc(x))
    loss = F.mse_loss(m.dec(h), x)
    if step >= 25:
        loss = loss + F.cross_entropy(m.cls(h), (x[:, 0] > 0).long())
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
