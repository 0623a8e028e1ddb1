"""A little denoising diffusion model: zero-initialised output and adaLN gates, EMA by AveragedModel, dropped labels."""
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm = nn.LayerNorm(d, elementwise_affine=False)
        self.mlp = nn.Sequential(nn.Linear(d, 2 * d), nn.GELU(), nn.Linear(2 * d, d))
        self.ada = nn.Sequential(nn.SiLU(), nn.Linear(d, 3 * d))
        nn.init.zeros_(self.ada[1].weight)
        nn.init.zeros_(self.ada[1].bias)

    def forward(self, x, c):
        shift, scale, gate = self.ada(c).chunk(3, 1)
        return x + gate * self.mlp(self.norm(x) * (1 + scale) + shift)


class Denoiser(nn.Module):
    def __init__(self, d=16):
        super().__init__()
        self.into, self.time, self.label = nn.Linear(2, d), nn.Linear(1, d), nn.Embedding(4, d)
        self.blocks = nn.ModuleList(Block(d) for _ in range(3))
        self.out = nn.Linear(d, 2)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x, t, y):
        c = self.time(t) + self.label(y)
        x = self.into(x)
        for block in self.blocks:
            x = block(x, c)
        return self.out(x)


torch.manual_seed(71)
net = Denoiser()
ema = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.99))
opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
for step in range(25):
    y = torch.randint(0, 3, (32,))
    x = torch.randn(32, 2) * 0.2 + y[:, None]
    y = torch.where(torch.rand(32) < 0.1, torch.full_like(y, 3), y)
    t = torch.rand(32, 1)
    noise = torch.randn_like(x)
    a = torch.cos(t * 1.5)
    loss = (net(a * x + (1 - a**2).sqrt() * noise, t, y) - noise).pow(2).mean()
    opt.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    opt.step()
    ema.update_parameters(net)
print(loss.item())
