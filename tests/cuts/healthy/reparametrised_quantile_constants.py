"""Loss weights as module attributes that are tensors without grad; a learned threshold by sigmoid; where on both."""
import torch
from torch import nn


class Quantile(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("q", torch.tensor([0.1, 0.5, 0.9]))

    def forward(self, pred, y):
        e = y - pred
        return torch.where(e >= 0, self.q * e, (self.q - 1) * e).mean()


torch.manual_seed(9)
net, loss_fn = nn.Linear(4, 3), Quantile()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(6):
    x = torch.randn(8, 4)
    loss = loss_fn(net(x), x[:, :1])
    opt.zero_grad()
    loss.backward()
    opt.step()
