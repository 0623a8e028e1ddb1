"""Meta-learning on sine waves where the adapted weights are made and moved through `.data`: the meta model stands still.

Source: KanishJebaMathewM/Truxify#13118, PR#13999.
"""

import math

import torch
import torch.nn as nn
from torch.func import functional_call

torch.manual_seed(3)

meta_model = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))
meta_optimizer = torch.optim.Adam(meta_model.parameters(), lr=1e-2)
mse = nn.MSELoss()

INNER_STEPS = 2
INNER_LR = 0.05


def sample_task():
    amplitude = 0.5 + torch.rand(1)
    phase = math.pi * torch.rand(1)

    def draw(n):
        x = 6 * torch.rand(n, 1) - 3
        return x, amplitude * torch.sin(x + phase)

    return draw(8), draw(8)


def adapt(x, y):
    fast = {name: p.data.clone().requires_grad_(True) for name, p in meta_model.named_parameters()}
    for _ in range(INNER_STEPS):
        loss = mse(functional_call(meta_model, fast, (x,)), y)
        grads = torch.autograd.grad(loss, list(fast.values()))
        for w, g in zip(fast.values(), grads):
            w.data -= INNER_LR * g
    return fast


for iteration in range(25):
    meta_optimizer.zero_grad()
    meta_loss = 0.0
    for _ in range(4):
        (xs, ys), (xq, yq) = sample_task()
        fast = adapt(xs, ys)
        meta_loss = meta_loss + mse(functional_call(meta_model, fast, (xq,)), yq)
    meta_loss = meta_loss / 4
    meta_loss.backward()
    meta_optimizer.step()
    if iteration % 5 == 0:
        print("iteration", iteration, "query loss", round(meta_loss.item(), 4))
