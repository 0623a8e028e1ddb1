"""A user's own TorchFunctionMode counts matmuls during training, nested with a device context."""
import torch
from torch import nn
from torch.overrides import TorchFunctionMode


class Count(TorchFunctionMode):
    def __init__(self):
        super().__init__()
        self.n = {}

    def __torch_function__(self, func, types, args=(), kwargs=None):
        name = getattr(func, "__name__", "?")
        self.n[name] = self.n.get(name, 0) + 1
        return func(*args, **(kwargs or {}))


torch.manual_seed(34)
with torch.device("cpu"):
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(6):
    with Count() as count, torch.device("cpu"):
        x = torch.randn(8, 4)
        loss = (net(x) - x.mean(1, keepdim=True)).pow(2).mean()
        opt.zero_grad()
        loss.backward()
    opt.step()
    print(f"{loss.item():.4f}", count.n.get("linear"), count.n.get("relu"), count.n.get("backward"))
