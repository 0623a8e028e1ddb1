"""No optimizer: backward, then w = (w - lr * w.grad) under no_grad, requires_grad set again."""
import torch

torch.manual_seed(15)
w = torch.zeros(5, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for step in range(15):
    x = torch.randn(20, 5)
    y = x.sum(1, keepdim=True) + 3
    loss = torch.nn.functional.mse_loss(x @ w + b, y)
    loss.backward()
    with torch.no_grad():
        w = w - 0.1 * w.grad
        b = b - 0.1 * b.grad
    w.requires_grad = True
    b.requires_grad = True
    print(f"{loss.item():.5f}")
