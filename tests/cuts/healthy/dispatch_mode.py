"""A TorchDispatchMode of the user's around the forward."""
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode


class Log(TorchDispatchMode):
    seen = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        Log.seen += 1
        return func(*args, **(kwargs or {}))


torch.manual_seed(11)
net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    x = torch.randn(6, 4)
    with Log():
        loss = (net(x) - x[:, :1]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
