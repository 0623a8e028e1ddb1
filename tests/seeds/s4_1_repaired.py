"""A product of two vectors, with `@`: what does not require a gradient gets none."""

import torch

torch.manual_seed(3)
inputs = torch.randn(6, requires_grad=False)
slope = torch.randn(6, requires_grad=True)
shift = torch.randn(1, requires_grad=True)

predicted = inputs @ slope + shift

cost = predicted.sum()
cost.backward()

print("predicted:", predicted.grad)
print("slope:", slope.grad)
