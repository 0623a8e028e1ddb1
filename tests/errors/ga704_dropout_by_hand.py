"""Dropout by hand, through .data, behind a sigmoid."""

# expect: GA704 data-attribute
# tensor: h
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 6), nn.Linear(6, 1)

    def forward(self, x):
        h = self.a(x).sigmoid()  # SAVED
        if self.training:
            h.data.mul_((torch.rand_like(h) > 0.5).float() * 2)  # HERE
        return self.b(h)


torch.manual_seed(0)
net = Net()
opt = torch.optim.Adam(net.parameters())
for _ in range(4):
    loss = net(torch.randn(8, 4)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
