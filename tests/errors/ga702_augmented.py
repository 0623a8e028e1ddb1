"""A leaf is changed with -= while gradients are recorded."""

# expect: GA702 inplace-edit
# exit: 1
# tensor: w
import torch

torch.manual_seed(0)
w = torch.randn(3, requires_grad=True)
x = torch.randn(10, 3)
for _ in range(4):
    loss = (x @ w).square().mean()
    loss.backward()
    w -= 0.1 * w.grad  # HERE
    w.grad.zero_()
