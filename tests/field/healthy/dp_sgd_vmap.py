"""DP-SGD with torch.func: vmap over grad of a functional call, clipped per sample."""
import torch
from torch import nn
from torch.func import functional_call, grad, vmap

torch.manual_seed(33)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)


def sample_loss(params, x, y):
    return (functional_call(net, params, (x.unsqueeze(0),)).squeeze(0) - y).pow(2).sum()


per_sample = vmap(grad(sample_loss), in_dims=(None, 0, 0))
for step in range(12):
    x = torch.randn(10, 4)
    y = x[:, :1]
    params = {k: v.detach() for k, v in net.named_parameters()}
    grads = per_sample(params, x, y)
    norms = torch.stack([g.flatten(1).norm(dim=1) for g in grads.values()]).norm(dim=0)
    factor = (1.0 / norms).clamp(max=1.0)
    for name, p in net.named_parameters():
        g = torch.einsum("b,b...->...", factor, grads[name])
        p.grad = (g + 0.05 * torch.randn_like(g)) / len(x)
    opt.step()
    opt.zero_grad()
print(sample_loss(dict(net.named_parameters()), x[0], y[0]).item())
