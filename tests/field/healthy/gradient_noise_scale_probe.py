"""Measures the gradient noise scale now and then with the same helper that training uses, then trains as usual."""
import torch
from torch import nn

torch.manual_seed(34)
net = nn.Sequential(nn.Linear(5, 10), nn.Tanh(), nn.Linear(10, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)


def forward_backward(n):
    opt.zero_grad()
    x = torch.randn(n, 5)
    loss = nn.functional.mse_loss(net(x), x.sum(1, keepdim=True))
    loss.backward()
    return loss


def norm():
    return sum(p.grad.pow(2).sum().item() for p in net.parameters()) ** 0.5


sizes = []
for step in range(24):
    if step % 4 == 0:
        small = []
        for _ in range(3):
            forward_backward(4)
            small.append(norm())
        forward_backward(64)
        sizes.append((sum(small) / 3, norm()))
    loss = forward_backward(16)
    opt.step()
print(len(sizes), loss.item())
