"""sqrt, log and division guarded twice by where; acos clamped; norm with eps; logsumexp with -inf rows avoided."""
import torch
from torch import nn

torch.manual_seed(57)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 4))
opt = torch.optim.SGD(net.parameters(), lr=0.02)
for step in range(12):
    x = torch.randn(10, 4)
    o = net(x)
    pos = o > 0
    safe = torch.where(pos, o, torch.ones_like(o))
    root = torch.where(pos, safe.sqrt(), torch.zeros_like(o))
    logs = torch.where(pos, safe.log(), torch.zeros_like(o))
    cos = nn.functional.cosine_similarity(o, x, eps=1e-6).clamp(-1 + 1e-6, 1 - 1e-6)
    masked = o.masked_fill(torch.eye(10, 4, dtype=torch.bool), float("-inf"))
    lse = torch.logsumexp(masked, 1)
    loss = root.mean() + 0.1 * logs.pow(2).mean() + torch.acos(cos).mean() + 0.1 * lse.mean() + (o.pow(2).sum(1) + 1e-8).sqrt().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}")
