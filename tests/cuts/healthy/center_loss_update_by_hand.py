"""Class centres are a buffer moved by means of detached features; features learn to be near them."""
import torch
import torch.nn.functional as F
from torch import nn


class CenterLoss(nn.Module):
    def __init__(self, n, d):
        super().__init__()
        self.register_buffer("centers", torch.randn(n, d))

    def forward(self, f, y):
        loss = (f - self.centers[y]).square().sum(1).mean()
        for c in y.unique().tolist():
            self.centers[c] += 0.5 * (f[y == c].detach().mean(0) - self.centers[c])
        return loss


torch.manual_seed(47)
net, head, center = nn.Linear(4, 3), nn.Linear(3, 2), CenterLoss(2, 3)
opt = torch.optim.SGD([*net.parameters(), *head.parameters()], lr=0.05)
for _ in range(6):
    x, y = torch.randn(10, 4), torch.randint(0, 2, (10,))
    f = net(x)
    loss = F.cross_entropy(head(f), y) + 0.1 * center(f, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
