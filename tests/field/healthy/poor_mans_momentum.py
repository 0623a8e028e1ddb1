"""Momentum kept in .grad itself: after each hand-made step the gradient is multiplied by 0.9, not cleared."""
import torch

torch.manual_seed(44)
w = torch.randn(5, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
x = torch.randn(30, 5)
y = x @ torch.arange(5.0) + 1
for step in range(40):
    loss = ((x @ w + b - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        for p in (w, b):
            p -= 0.02 * p.grad
            p.grad *= 0.9
print(loss.item())
