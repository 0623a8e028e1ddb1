"""FedAdam: the server's Adam gets the averaged client difference as gradient; clients train by plain hand-made SGD."""
import copy

import torch
from torch import nn

torch.manual_seed(104)
model = nn.Linear(4, 1)
server_opt = torch.optim.Adam(model.parameters(), lr=0.05)
for round_ in range(8):
    delta = [torch.zeros_like(p) for p in model.parameters()]
    for client in range(3):
        local = copy.deepcopy(model)
        for _ in range(3):
            x = torch.randn(8, 4) + client * 0.3
            loss = (local(x) - x.sum(1, keepdim=True)).pow(2).mean()
            local.zero_grad()
            loss.backward()
            for p in local.parameters():
                p.data -= 0.05 * p.grad
        for d, p, q in zip(delta, model.parameters(), local.parameters()):
            d += (p.data - q.data) / 3
    server_opt.zero_grad()
    for p, d in zip(model.parameters(), delta):
        p.grad = d
    server_opt.step()
print(loss.item())
