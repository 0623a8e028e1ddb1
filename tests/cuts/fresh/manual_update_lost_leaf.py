# expect: GA104|GA101|GA402|GA105 replaced-parameter|no-grad-region|detach:
# exit: 1
# the classic: w = w - lr * w.grad makes a new tensor, whose .grad is None
import torch

torch.manual_seed(0)
w = torch.randn(3, 1, requires_grad=True)
for epoch in range(3):
    x = torch.randn(10, 3)
    loss = ((x @ w) - 2).pow(2).mean()
    loss.backward()
    with torch.no_grad():  # CUT
        w = w - 0.1 * w.grad  # CUT
