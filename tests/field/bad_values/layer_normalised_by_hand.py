# expect: GA201 nonfinite-op: layers.0.weight
import torch
from torch import nn


class Norm(nn.Module):
    def forward(self, x):
        mu = x.mean(-1, keepdim=True)
        sd = torch.sqrt(((x - mu) ** 2).mean(-1, keepdim=True))  # CUT
        return (x - mu) / (sd + 1e-6)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(3, 3, bias=False), nn.Linear(3, 1)])
        self.norm = Norm()

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i == 0:
                x = self.norm(x)
        return x


n = Net()
opt = torch.optim.Adam(n.parameters())
for i in range(5):
    x = torch.randn(4, 3)
    if i == 2:
        x[0] = 0
    loss = n(x).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
