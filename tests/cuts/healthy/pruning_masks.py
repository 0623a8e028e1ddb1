"""Magnitude masks of the weights themselves, a lottery ticket mask, torch's own pruning."""
import torch
from torch import nn
from torch.nn.utils import prune


class Sparse(nn.Linear):
    def forward(self, x):
        keep = self.weight.abs() > self.weight.detach().abs().median()
        return nn.functional.linear(x, self.weight * keep, self.bias)


torch.manual_seed(7)
net = nn.Sequential(Sparse(4, 6), nn.ReLU(), nn.Linear(6, 2))
prune.l1_unstructured(net[2], "weight", amount=0.3)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
