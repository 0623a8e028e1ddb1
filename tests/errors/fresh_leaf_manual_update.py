# expect: GA702 inplace-edit
# exit: 1
import torch

w = torch.zeros(3, requires_grad=True)
for _ in range(3):
    loss = ((torch.randn(5, 3) @ w) - 1).square().mean()
    loss.backward()
    w -= 0.1 * w.grad  # HERE
    w.grad = None
