"""As s4_1, inside no_grad."""

import torch

torch.manual_seed(3)
inputs = torch.randn(6, requires_grad=True)
slope = torch.randn(6, requires_grad=True)
shift = torch.randn(1, requires_grad=True)

with torch.no_grad():
    product = torch.mm(inputs, slope)
    predicted = product + shift

cost = predicted.sum()
cost.backward()

print("predicted:", predicted.grad)
print("inputs:", inputs.grad)
