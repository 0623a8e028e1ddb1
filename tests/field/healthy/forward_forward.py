"""Hinton's forward-forward: each layer owns an optimizer and a local loss, its input is detached."""
import torch
from torch import nn


class Layer(nn.Linear):
    def __init__(self, i, o):
        super().__init__(i, o)
        self.opt = torch.optim.Adam(self.parameters(), lr=1e-2)

    def forward(self, x):
        return torch.relu(super().forward(x / (x.norm(dim=1, keepdim=True) + 1e-4)))

    def learn(self, pos, neg):
        for _ in range(3):
            gp, gn = self(pos).pow(2).mean(1), self(neg).pow(2).mean(1)
            loss = torch.log(1 + torch.exp(torch.cat([1.0 - gp, gn - 1.0]))).mean()
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
        return self(pos).detach(), self(neg).detach(), loss.item()


torch.manual_seed(101)
layers = [Layer(6, 16), Layer(16, 16), Layer(16, 8)]
for step in range(8):
    pos, neg = torch.randn(16, 6) + 1, torch.randn(16, 6) - 1
    for layer in layers:
        pos, neg, value = layer.learn(pos, neg)
print(value)
