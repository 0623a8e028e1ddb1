"""As s4_1, on the way to a detached product."""

import torch

torch.manual_seed(3)
inputs = torch.randn(6, requires_grad=True)
slope = torch.randn(6, requires_grad=True)
shift = torch.randn(1, requires_grad=True)

product = torch.mm(inputs, slope)
constant = product.detach()
predicted = constant + shift

cost = predicted.sum()
cost.backward()

print("predicted:", predicted.grad)
print("inputs:", inputs.grad)
