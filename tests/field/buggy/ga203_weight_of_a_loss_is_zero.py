"""The coefficient of the auxiliary loss is rounded to zero by an integer division."""

import torch
from torch import nn

torch.manual_seed(1)
main, aux = nn.Linear(5, 2), nn.Linear(5, 1)
opt = torch.optim.Adam([*main.parameters(), *aux.parameters()], lr=1e-3)
warmup = 100
for it in range(30):
    x = torch.randn(6, 5)
    loss = nn.functional.cross_entropy(main(x), torch.randint(0, 2, (6,)))
    loss = loss + (it // warmup) * aux(x).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
