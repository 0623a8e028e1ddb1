"""Triplets mined with argmax on detached distances; temperature clamped under no_grad."""
import torch
import torch.nn.functional as F
from torch import nn


class Clip(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 3), nn.Linear(5, 3)
        self.logit_scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, x, y):
        return F.normalize(self.a(x), dim=1), F.normalize(self.b(y), dim=1)


torch.manual_seed(38)
net = Clip()
opt = torch.optim.AdamW(net.parameters(), lr=1e-2)
for _ in range(6):
    u, v = net(torch.randn(8, 4), torch.randn(8, 5))
    with torch.no_grad():
        net.logit_scale.clamp_(0, 4.6)
    logits = net.logit_scale.exp() * u @ v.T
    hardest = (logits.detach() - 1e4 * torch.eye(8)).argmax(1)
    triplet = F.relu(0.2 + (u * v[hardest]).sum(1) - (u * v).sum(1)).mean()
    loss = F.cross_entropy(logits, torch.arange(8)) + triplet
    opt.zero_grad()
    loss.backward()
    opt.step()
