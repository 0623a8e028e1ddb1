"""The gradient of a clone is looked for on the clone, which is no leaf."""

import torch

source = torch.tensor([3.0], requires_grad=True)
offset = torch.tensor([0.25])

copied = source.clone()
result = copied - offset
result.backward()
print("source:", source.grad)
print("copy:", copied.grad)

copied = source.clone().requires_grad_(True)
result = copied - offset
result.backward()
print("source, second time:", source.grad)
print("copy, second time:", copied.grad)
