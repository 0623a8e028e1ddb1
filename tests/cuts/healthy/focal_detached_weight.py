"""Focal-like weights from detached probabilities; ohem by topk of the losses."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(2)
net = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(6):
    x, y = torch.randn(16, 5), torch.randint(0, 3, (16,))
    logits = net(x)
    each = F.cross_entropy(logits, y, reduction="none")
    p = logits.softmax(1).gather(1, y[:, None]).squeeze(1)
    weighted = (1 - p.detach()).pow(2) * each
    hard, _ = weighted.topk(8)
    loss = hard.mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
