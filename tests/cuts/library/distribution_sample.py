"""Normal(...).sample() where rsample() was meant: torch samples under no_grad."""
# expect: GA101 no-grad-region|non-differentiable-op: enc.weight enc.bias
import torch
from torch import nn
from torch.distributions import Normal


class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(6, 4)
        self.dec = nn.Linear(2, 6)

    def forward(self, x):
        mu, log_std = self.enc(x).chunk(2, -1)
        z = Normal(mu, log_std.exp()).sample()  # CUT
        return self.dec(z)


torch.manual_seed(0)
vae = Vae()
opt = torch.optim.Adam(vae.parameters(), lr=1e-2)
for _ in range(5):
    x = torch.randn(8, 6)
    loss = (vae(x) - x).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
