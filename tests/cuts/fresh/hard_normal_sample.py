# expect: GA101 no-grad-region|non-differentiable-op: mu.weight mu.bias
import torch
from torch import nn
from torch.distributions import Normal

torch.manual_seed(0)
net = nn.ModuleDict({"mu": nn.Linear(3, 2), "dec": nn.Linear(2, 3)})
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(3):
    x = torch.randn(8, 3)
    q = Normal(net["mu"](x), 1.0)
    z = q.sample()  # CUT
    loss = (net["dec"](z) - x).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
