"""torch.mm is given two vectors: an ordinary error of shapes, long before any backward."""

import torch

torch.manual_seed(3)
inputs = torch.randn(6, requires_grad=False)
slope = torch.randn(6, requires_grad=True)
shift = torch.randn(1, requires_grad=True)

predicted = torch.mm(inputs, slope) + shift

cost = predicted.sum()
cost.backward()

print("predicted:", predicted.grad)
print("slope:", slope.grad)
