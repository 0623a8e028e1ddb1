"""Backtracking line search: the gradient function runs at trial points until one is accepted."""
import torch
from torch import nn

torch.manual_seed(35)
x = torch.randn(40, 3)
y = torch.sin(x.sum(1, keepdim=True))
net = nn.Sequential(nn.Linear(3, 12), nn.Tanh(), nn.Linear(12, 1))


def value_and_grad():
    net.zero_grad()
    loss = ((net(x) - y) ** 2).mean()
    loss.backward()
    return loss.item(), [p.grad.clone() for p in net.parameters()]


loss, grads = value_and_grad()
rate = 4.0
for it in range(20):
    start = [p.detach().clone() for p in net.parameters()]
    slope = sum((g**2).sum().item() for g in grads)
    while True:
        with torch.no_grad():
            for p, s, g in zip(net.parameters(), start, grads):
                p.copy_(s - rate * g)
        new, new_grads = value_and_grad()
        if new <= loss - 0.1 * rate * slope or rate < 1e-4:
            break
        rate *= 0.5
    loss, grads = new, new_grads
    rate *= 1.5
print(loss)
