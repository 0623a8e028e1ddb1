# expect: GA202|GA201 nonfinite-op:
import torch
from torch import nn


class MySoftmax(nn.Module):
    def forward(self, z):
        e = torch.exp(z)  # CUT
        return e / e.sum(-1, keepdim=True)


net = nn.Sequential(nn.Linear(3, 4), MySoftmax())
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for i in range(5):
    x = torch.randn(4, 3) * (1000 if i == 3 else 1)
    loss = -net(x)[:, 0].clamp(min=1e-8).log().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
