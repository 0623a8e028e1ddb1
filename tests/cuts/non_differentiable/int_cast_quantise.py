"""Fake quantisation by a cast to int8 and back, in a helper function."""
# expect: GA101 non-differentiable-op: enc.weight enc.bias
import torch
from torch import nn


def quantise(t, scale=0.05):
    q = (t / scale).to(torch.int8)  # CUT
    return q.to(t.dtype) * scale


torch.manual_seed(3)
net = nn.ModuleDict({"enc": nn.Linear(4, 4), "dec": nn.Linear(4, 4)})
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(5):
    x = torch.randn(8, 4)
    loss = nn.functional.mse_loss(net["dec"](quantise(net["enc"](x))), x)
    opt.zero_grad()
    loss.backward()
    opt.step()
