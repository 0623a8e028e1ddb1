"""The mean is logged with .item() first; the cut is the detach further down."""
# expect: GA101 detach: enc.weight enc.bias
import torch
from torch import nn

torch.manual_seed(2)
net = nn.ModuleDict({"enc": nn.Linear(4, 4), "dec": nn.Linear(4, 4)})
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
seen = []
for _ in range(5):
    x = torch.randn(8, 4)
    z = net["enc"](x)
    seen.append((z.mean().item(), z.detach().norm().tolist(), (z > 0).sum().item()))
    z = torch.tanh(z)
    z = z.detach()  # CUT
    loss = (net["dec"](z) - x).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
