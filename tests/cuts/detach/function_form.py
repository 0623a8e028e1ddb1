"""torch.detach(...) as a function, in a helper function."""
# expect: GA101 detach: a.weight a.bias
import torch
from torch import nn


def normalise(t, eps=1e-6):
    t = t / (t.norm(dim=-1, keepdim=True) + eps)
    return torch.detach(t)  # CUT


torch.manual_seed(5)
net = nn.Module()
net.a = nn.Linear(4, 4)
net.b = nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    x = torch.randn(6, 4)
    y = net.b(normalise(net.a(x)))
    loss = (y - x[:, :1]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
