"""Losses kept in dicts: the sum is trained on, detached copies are logged and averaged."""
import collections

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(40)
net = nn.ModuleDict({"trunk": nn.Linear(4, 6), "a": nn.Linear(6, 2), "b": nn.Linear(6, 1)})
opt = torch.optim.SGD(net.parameters(), lr=0.1)
log = collections.defaultdict(list)
running = None
for _ in range(6):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    h = torch.relu(net["trunk"](x))
    losses = {"ce": F.cross_entropy(net["a"](h), y), "l1": (net["b"](h) - x[:, :1]).abs().mean()}
    loss = sum(losses.values())
    logged = {k: v.detach().clone() for k, v in losses.items()}
    logged["total"] = torch.stack(list(logged.values())).sum()
    running = logged["total"] if running is None else 0.9 * running + 0.1 * logged["total"]
    for k, v in logged.items():
        log[k].append(v.item())
    opt.zero_grad()
    loss.backward()
    opt.step()
