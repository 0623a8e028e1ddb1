"""MoCo: momentum encoder, a queue of keys in a buffer, InfoNCE."""
import copy

import torch
import torch.nn.functional as F
from torch import nn


class Moco(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 6))
        self.k = copy.deepcopy(self.q)
        for p in self.k.parameters():
            p.requires_grad = False
        self.register_buffer("queue", F.normalize(torch.randn(32, 6), dim=1))
        self.at = 0

    def forward(self, a, b):
        q = F.normalize(self.q(a), dim=1)
        with torch.no_grad():
            for p, k in zip(self.q.parameters(), self.k.parameters()):
                k.data = k.data * 0.99 + p.data * 0.01
            k = F.normalize(self.k(b), dim=1)
        logits = torch.cat([(q * k).sum(1, keepdim=True), q @ self.queue.clone().T], 1) / 0.07
        self.queue[self.at : self.at + 8] = k
        self.at = (self.at + 8) % 32
        return F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long))


torch.manual_seed(67)
model = Moco()
opt = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9, weight_decay=1e-4)
for step in range(25):
    x = torch.randn(8, 8)
    loss = model(x + 0.1 * torch.randn_like(x), x + 0.1 * torch.randn_like(x))
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
