"""An ensemble through stack_module_state, vmap and functional_call; gradients by func.grad in a second phase."""
import copy

import torch
from torch import nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap

torch.manual_seed(48)
models = [nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 1)) for _ in range(4)]
params, buffers = stack_module_state(models)
base = copy.deepcopy(models[0]).to("meta")


def run(p, b, x):
    return functional_call(base, (p, b), (x,))


opt = torch.optim.Adam(params.values(), lr=1e-2)
for step in range(8):
    x = torch.randn(10, 3)
    out = vmap(run, (0, 0, None))(params, buffers, x)
    loss = (out - x.sum(1, keepdim=True)).pow(2).mean((1, 2)).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}")
fast = {k: v.detach()[0] for k, v in params.items()}
for step in range(5):
    x = torch.randn(10, 3)
    g, value = grad_and_value(lambda p: (functional_call(base, p, (x,)) - x[:, :1]).pow(2).mean())(fast)
    fast = {k: v - 0.05 * g[k] for k, v in fast.items()}
    print(f"{value.item():.4f}")
