"""Straight-through written as hard - soft.detach() + soft, with argmax and scatter."""
import torch
from torch import nn


class Hard(nn.Module):
    def __init__(self):
        super().__init__()
        self.logits = nn.Linear(5, 4)
        self.out = nn.Linear(4, 5)

    def forward(self, x):
        soft = self.logits(x).softmax(-1)
        index = soft.max(-1, keepdim=True)[1]
        hard = torch.zeros_like(soft).scatter_(-1, index, 1.0)
        return self.out(hard - soft.detach() + soft)


torch.manual_seed(1)
net = Hard()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(6):
    x = torch.randn(8, 5)
    loss = (net(x) - x).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
