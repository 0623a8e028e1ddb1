"""Two leaves feed nothing but a product that is detached; only the third gets a gradient."""

import torch

torch.manual_seed(3)
inputs = torch.randn(6, requires_grad=True)
slope = torch.randn(6, requires_grad=True)
shift = torch.randn(1, requires_grad=True)

product = inputs @ slope
constant = product.detach()
predicted = constant + shift

cost = predicted.sum()
cost.backward()

print("predicted:", predicted.grad)
print("inputs:", inputs.grad)
