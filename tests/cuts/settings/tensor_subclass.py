"""Inputs are a __torch_function__ subclass; the cut is a detach all the same."""
# expect: GA101 detach: enc.weight enc.bias
import torch
from torch import nn


class Tagged(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return super().__torch_function__(func, types, args, kwargs or {})


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.out = nn.Linear(4, 1)

    def forward(self, x):
        h = self.enc(x)
        h = h.detach()  # CUT
        return self.out(h)


torch.manual_seed(10)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(8, 4).as_subclass(Tagged)
    loss = (net(x) - x[:, :1]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
