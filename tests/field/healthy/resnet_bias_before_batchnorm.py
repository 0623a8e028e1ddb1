"""A little convnet with biases left on before BatchNorm, SGD with momentum: those biases hardly move, which is harmless."""
import torch
from torch import nn

torch.manual_seed(111)
net = nn.Sequential(
    nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 6, 3, padding=1), nn.BatchNorm2d(6),
    nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 2),
)
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
for step in range(20):
    x = torch.randn(16, 1, 8, 8)
    loss = nn.functional.cross_entropy(net(x), (x.mean((1, 2, 3)) > 0).long())
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
