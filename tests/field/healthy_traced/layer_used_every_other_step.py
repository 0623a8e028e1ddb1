"""An auxiliary head that learns only every third step, and a decoder branch picked by a coin."""
import random

import torch
from torch import nn

torch.manual_seed(20)
random.seed(20)
trunk, main, aux = nn.Linear(5, 8), nn.Linear(8, 2), nn.Linear(8, 1)
branches = nn.ModuleList([nn.Linear(8, 8) for _ in range(3)])
params = [p for m in (trunk, main, aux, branches) for p in m.parameters()]
opt = torch.optim.Adam(params, lr=1e-2)
for step in range(24):
    x = torch.randn(8, 5)
    h = torch.relu(trunk(x))
    h = h + branches[random.randrange(3)](h)
    loss = (main(h) - x[:, :2]).square().mean()
    if step % 3 == 0:
        loss = loss + 0.1 * (aux(h) - x.norm(dim=1, keepdim=True)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}")
