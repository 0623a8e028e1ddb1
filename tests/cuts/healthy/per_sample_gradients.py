"""vmap(grad) for per-sample norms that weigh the ordinary loss."""
import torch
from torch import nn
from torch.func import functional_call, grad, vmap

torch.manual_seed(17)
net = nn.Linear(4, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.1)


def one(params, x, y):
    return nn.functional.cross_entropy(functional_call(net, params, (x[None],)), y[None])


for _ in range(4):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    params = {n: p.detach() for n, p in net.named_parameters()}
    g = vmap(grad(one), in_dims=(None, 0, 0))(params, x, y)
    norms = sum(v.flatten(1).square().sum(1) for v in g.values()).sqrt()
    weights = (1 / norms.clamp_min(0.1)).clamp_max(2)
    loss = (weights * nn.functional.cross_entropy(net(x), y, reduction="none")).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
