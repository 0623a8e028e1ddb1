# expect: GA101 detach|rewrapped-value|unregistered-leaf: enc.weight enc.bias
# allow: GA105
import torch
from torch import nn

torch.manual_seed(0)
enc, dec = nn.Linear(4, 3), nn.Linear(3, 4)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=1e-2)
for _ in range(4):
    x = torch.randn(6, 4)
    z = nn.Parameter(enc(x))  # CUT
    loss = (dec(z) - x).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
