"""stack_module_state and vmap: an ensemble trained at once."""
import copy

import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

torch.manual_seed(15)
models = [nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, 1)) for _ in range(3)]
params, buffers = stack_module_state(models)
base = copy.deepcopy(models[0]).to("meta")
opt = torch.optim.SGD(params.values(), lr=0.05)


def predict(p, b, x):
    return functional_call(base, (p, b), (x,))


for _ in range(5):
    x = torch.randn(8, 3)
    y = vmap(predict, in_dims=(0, 0, None))(params, buffers, x)
    loss = (y - x.sum(1, keepdim=True)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
