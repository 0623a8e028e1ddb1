"""No optimizer: p.data -= lr * p.grad, grads zeroed by hand, momentum in a dict."""
import torch
from torch import nn

torch.manual_seed(13)
net = nn.Sequential(nn.Linear(3, 8), nn.Sigmoid(), nn.Linear(8, 1))
velocity = {n: torch.zeros_like(p) for n, p in net.named_parameters()}
for step in range(15):
    x = torch.randn(10, 3)
    loss = ((net(x) - x.prod(1, keepdim=True)) ** 2).mean()
    loss.backward()
    for n, p in net.named_parameters():
        velocity[n].mul_(0.9).add_(p.grad.data)
        p.data -= 0.05 * velocity[n]
        p.grad.zero_()
    print(f"{loss.item():.5f}")
