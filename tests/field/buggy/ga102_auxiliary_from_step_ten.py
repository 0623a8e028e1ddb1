"""The auxiliary head joins after ten warm-up steps."""

import torch
from torch import nn

torch.manual_seed(2)
net, aux = nn.Linear(6, 3), nn.Linear(6, 1)
opt = torch.optim.SGD([*net.parameters(), *aux.parameters()], lr=0.05)
for step in range(25):
    x = torch.randn(7, 6)
    loss = nn.functional.cross_entropy(net(x), torch.randint(0, 3, (7,)))
    if step >= 10:
        loss = loss + 0.1 * aux(x).abs().mean()
    loss.backward()
    opt.step()
    opt.zero_grad()
