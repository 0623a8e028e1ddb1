"""Per-sample gradients by vmap(grad), clipped and written to .grad; noise added; Adam steps."""
import torch
from torch import nn
from torch.func import functional_call, grad, vmap

torch.manual_seed(49)
net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)


def loss_one(p, x, y):
    return nn.functional.cross_entropy(functional_call(net, p, (x[None],)), y[None])


for step in range(8):
    x = torch.randn(12, 4)
    y = x[:, :3].argmax(1)
    p = {k: v.detach() for k, v in net.named_parameters()}
    g = vmap(grad(loss_one), (None, 0, 0))(p, x, y)
    norm = torch.stack([v.flatten(1).norm(dim=1) for v in g.values()]).norm(dim=0)
    c = (1 / norm.clamp(min=1e-6)).clamp(max=1)
    for k, v in net.named_parameters():
        v.grad = torch.einsum("b,b...->...", c, g[k]) / 12 + 1e-3 * torch.randn_like(v)
    opt.step()
    opt.zero_grad()
    print(f"{nn.functional.cross_entropy(net(x), y).item():.4f}")
