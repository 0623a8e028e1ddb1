"""The user counts FLOP-like calls with a mode of their own, nested twice."""
import torch
from torch import nn
from torch.overrides import TorchFunctionMode


class Counter(TorchFunctionMode):
    def __init__(self):
        super().__init__()
        self.names = {}

    def __torch_function__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        self.names[getattr(func, "__name__", "?")] = isinstance(out, torch.Tensor) and out.detach()
        return out


torch.manual_seed(9)
net = nn.Linear(3, 3)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    x = torch.randn(5, 3)
    with Counter() as outer, Counter():
        loss = (net(x) - x).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(len(outer.names))
