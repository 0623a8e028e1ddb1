# expect: GA202|GA201 nonfinite-op:
# allow: GA302 GA303
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
opt = torch.optim.Adam(net.parameters())
skipped = 0
for i in range(8):
    x = torch.randn(4, 2)
    if i % 3 == 2:
        x[1] = 0
    rel = (net(x) - 1) / x.norm(dim=1, keepdim=True)  # CUT
    loss = rel.abs().mean()
    opt.zero_grad()
    if not torch.isfinite(loss):
        skipped += 1
    loss.backward()
    if any(not torch.isfinite(p.grad).all() for p in net.parameters()):
        continue
    opt.step()
