"""Free adversarial training: one backward serves the network's SGD step and a sign ascent on a perturbation module."""
import torch
from torch import nn


class Perturbation(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.delta = nn.Parameter(torch.zeros(shape))

    def forward(self, x):
        return x + self.delta[: len(x)]


torch.manual_seed(15)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 2))
attack = Perturbation((24, 6))
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for batch in range(6):
    x = torch.randn(24, 6)
    y = (x[:, 0] > 0).long()
    for replay in range(4):
        loss = nn.functional.cross_entropy(net(attack(x)), y)
        opt.zero_grad()
        attack.zero_grad()
        loss.backward()
        opt.step()
        attack.delta.data.add_(0.05 * attack.delta.grad.sign()).clamp_(-0.2, 0.2)
print(loss.item())
