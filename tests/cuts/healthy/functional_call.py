"""functional_call with the module's own parameters, and with updated ones (one inner step)."""
import torch
from torch import nn
from torch.func import functional_call

torch.manual_seed(14)
net = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(4):
    total = 0.0
    for _ in range(2):
        x = torch.randn(6, 1)
        y = torch.sin(x + torch.rand(1))
        params = dict(net.named_parameters())
        inner = (functional_call(net, params, (x,)) - y).square().mean()
        grads = torch.autograd.grad(inner, list(params.values()), create_graph=True)
        fast = {n: p - 0.1 * g for (n, p), g in zip(params.items(), grads)}
        total = total + (functional_call(net, fast, (x,)) - y).square().mean()
    opt.zero_grad()
    total.backward()
    opt.step()
