"""Inputs and outputs are a Tensor subclass with units; the loss is unwrapped by as_subclass."""
import torch
from torch import nn


class Quantity(torch.Tensor):
    unit = "m"

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        out = super().__torch_function__(func, types, args, kwargs or {})
        if isinstance(out, Quantity):
            out.unit = next((a.unit for a in args if isinstance(a, Quantity)), "m")
        return out


torch.manual_seed(33)
net = nn.Sequential(nn.Linear(3, 8), nn.Softplus(), nn.Linear(8, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for step in range(10):
    x = torch.rand(8, 3).as_subclass(Quantity)
    y = (x * x).sum(1, keepdim=True)
    out = net(x)
    err = (out - y).abs()
    loss = (err * err).mean().as_subclass(torch.Tensor)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}", err.unit, type(out).__name__)
