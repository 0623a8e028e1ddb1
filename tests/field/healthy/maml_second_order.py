"""MAML with autograd.grad(create_graph=True) and functional_call on adapted weights."""
import torch
from torch import nn
from torch.func import functional_call

torch.manual_seed(13)
net = nn.Sequential(nn.Linear(1, 24), nn.Tanh(), nn.Linear(24, 1))
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for step in range(15):
    total = 0.0
    for task in range(3):
        amp, phase = torch.rand(1) * 4, torch.rand(1) * 3
        x, xq = torch.rand(8, 1) * 4 - 2, torch.rand(8, 1) * 4 - 2
        weights = dict(net.named_parameters())
        for _ in range(2):
            loss = ((functional_call(net, weights, (x,)) - amp * torch.sin(x + phase)) ** 2).mean()
            grads = torch.autograd.grad(loss, list(weights.values()), create_graph=True)
            weights = {k: w - 0.01 * g for (k, w), g in zip(weights.items(), grads)}
        total = total + ((functional_call(net, weights, (xq,)) - amp * torch.sin(xq + phase)) ** 2).mean()
    opt.zero_grad()
    total.backward()
    opt.step()
print(float(total))
