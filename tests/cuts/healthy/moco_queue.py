"""MoCo: key encoder by momentum under no_grad, a queue of detached keys."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(11)
query_net, key_net = nn.Linear(6, 4), nn.Linear(6, 4)
key_net.load_state_dict(query_net.state_dict())
for p in key_net.parameters():
    p.requires_grad = False
queue = F.normalize(torch.randn(4, 16), dim=0)
opt = torch.optim.SGD(query_net.parameters(), lr=0.1, momentum=0.9)
for step in range(6):
    x = torch.randn(4, 6)
    q = F.normalize(query_net(x + 0.1 * torch.randn_like(x)), dim=1)
    with torch.no_grad():
        for a, b in zip(key_net.parameters(), query_net.parameters()):
            a.data = a.data * 0.99 + b.data * 0.01
        k = F.normalize(key_net(x), dim=1)
    positive = (q * k).sum(1, keepdim=True)
    negative = q @ queue.clone().detach()
    logits = torch.cat([positive, negative], 1) / 0.2
    loss = F.cross_entropy(logits, torch.zeros(4, dtype=torch.long))
    opt.zero_grad()
    loss.backward()
    opt.step()
    at = step % 4 * 4
    queue[:, at : at + 4] = k.T
