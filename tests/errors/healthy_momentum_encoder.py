"""The key encoder is moved inside the forward, before it runs without gradients."""

import copy

import torch
from torch import nn


class MoCo(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))
        self.k = copy.deepcopy(self.q).requires_grad_(False)
        self.register_buffer("queue", torch.randn(3, 12))

    @torch.no_grad()
    def move(self):
        for a, b in zip(self.q.parameters(), self.k.parameters()):
            b.data = b.data * 0.99 + a.data * 0.01

    def forward(self, x):
        q = nn.functional.normalize(self.q(x), dim=1)
        with torch.no_grad():
            self.move()
            k = nn.functional.normalize(self.k(x + 0.01), dim=1)
        logits = torch.cat([(q * k).sum(1, keepdim=True), q @ self.queue.clone().detach()], 1)
        self.queue[:, :6] = k.T
        return logits


torch.manual_seed(0)
net = MoCo()
opt = torch.optim.SGD(net.q.parameters(), lr=0.05)
for _ in range(8):
    loss = nn.functional.cross_entropy(net(torch.randn(6, 4)), torch.zeros(6, dtype=torch.long))
    opt.zero_grad()
    loss.backward()
    opt.step()
