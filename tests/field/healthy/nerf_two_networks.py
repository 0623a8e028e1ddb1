"""NeRF-like: a coarse and a fine network, positional encoding, volume rendering, importance samples detached."""
import torch
from torch import nn

torch.manual_seed(114)
mlp = lambda: nn.Sequential(nn.Linear(13, 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 4))
coarse, fine = mlp(), mlp()
opt = torch.optim.Adam([*coarse.parameters(), *fine.parameters()], lr=3e-3)
sched = torch.optim.lr_scheduler.ExponentialLR(opt, 0.99)


def encode(x):
    return torch.cat([x[..., :1], *(f(x * 2**k) for k in range(2) for f in (torch.sin, torch.cos))], -1)


def render(net, o, d, t):
    out = net(encode(o[:, None] + d[:, None] * t[..., None]))
    sigma = torch.nn.functional.softplus(out[..., 3])
    delta = torch.diff(t, dim=1, append=t[:, -1:] + 1e2)
    alpha = 1 - torch.exp(-sigma * delta)
    trans = torch.cumprod(torch.cat([torch.ones(len(t), 1), 1 - alpha + 1e-10], 1), 1)[:, :-1]
    w = alpha * trans
    return (w[..., None] * torch.sigmoid(out[..., :3])).sum(1), w


for step in range(20):
    o, d = torch.zeros(16, 3), nn.functional.normalize(torch.randn(16, 3), dim=1)
    colour = (d > 0).float()
    t = torch.linspace(0.5, 2, 8).expand(16, 8) + torch.rand(16, 8) * 0.1
    rgb0, w = render(coarse, o, d, t)
    pick = torch.multinomial(w.detach() + 1e-5, 4, replacement=True)
    t2 = torch.cat([t, t.gather(1, pick) + 0.01], 1).sort(1).values
    rgb1, _ = render(fine, o, d, t2.detach())
    loss = (rgb0 - colour).pow(2).mean() + (rgb1 - colour).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
print(loss.item())
