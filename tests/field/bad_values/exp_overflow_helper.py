# expect: GA202|GA201 nonfinite-op:
import torch
from lib_losses import gaussian_kl
from torch import nn

torch.manual_seed(0)
enc = nn.Linear(4, 4)
opt = torch.optim.SGD(enc.parameters(), lr=1.0)
for i in range(3):
    x = torch.randn(6, 4) * (1 if i == 0 else 5e3)
    mu, logvar = enc(x).chunk(2, dim=-1)
    loss = gaussian_kl(mu, logvar)
    opt.zero_grad()
    loss.backward()
    opt.step()
